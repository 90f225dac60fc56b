"""Counting from plain Python: what a model may be, what an input may be, and what is told of a wrong one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from types import MethodType
from typing import NamedTuple

import pytest
import torch
from torch import nn

from pytest_flopbudget import count, value
from pytest_flopbudget.counting.measurement import Backend
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.errors import FlopBudgetError


class Net(nn.Module):
    """A layer of 4 × 8 over whatever it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 8)

    def forward(self, *args: object, **kwargs: object) -> object:
        seen.append(", ".join([*map(told, args), *(f"{name}={told(each)}" for name, each in kwargs.items())]))
        out: object = self.layer(self.tensor(args) if args else self.tensor(kwargs))
        return out

    def encode(self, x: torch.Tensor) -> object:
        out: object = self.layer(self.layer.weight @ x.t())
        return out

    def tensor(self, nest: object) -> torch.Tensor:
        if isinstance(nest, torch.Tensor):
            return nest
        if isinstance(nest, dict):
            return self.tensor(next(iter(nest.values())))
        if isinstance(nest, (list, tuple)):
            return self.tensor(nest[0])
        return self.tensor(vars(nest))


seen: list[str] = []
MIXED = "a matrix product needs operands of one dtype, but got float32 and int64"
GRAMMAR = "write [dtype:]dims[ = fill], as in '1x3x224x224', '1x3xRxR' or 'int64:1xT = 1'"


class Pair(NamedTuple):
    left: torch.Tensor
    right: torch.Tensor


@dataclass
class Batch:
    x: torch.Tensor
    name: str = "batch"


INPUTS: dict[str, tuple[object, str]] = {
    "text": ("3x4", "Tensor"),
    "text with a type": ("float32:3x4 = 1", "Tensor"),
    "a tuple of sizes": ((3, 4), "Tensor"),
    "a torch.Size": (torch.Size((3, 4)), "Tensor"),
    "a tensor": (torch.ones(3, 4), "Tensor"),
    "a list of one": (["3x4"], "Tensor"),
    "a list of shapes": ([(3, 4), (7, 9)], "Tensor, Tensor"),
    "a tuple of tensors": ((torch.ones(3, 4), torch.ones(2)), "Tensor, Tensor"),
    "a list inside": ([["3x4", (3, 4)]], "[Tensor, Tensor]"),
    "a tuple inside": ([("3x4", "3x4")], "(Tensor, Tensor)"),
    "a dict inside": ([{"x": "3x4"}], "{x: Tensor}"),
    "plain values beside": (["3x4", 2, None, True, 1.5], "Tensor, int, NoneType, bool, float"),
    "a named tuple": (Pair(torch.ones(3, 4), torch.ones(2)), "Pair"),
    "a named tuple inside": ([Pair(torch.ones(3, 4), torch.ones(2))], "Pair"),
    "a dataclass": (Batch(torch.ones(3, 4)), "Batch"),
    "text of the model's own": (["3x4", "bilinear", [8, 8]], "Tensor, str, [int, int]"),
    "keyword inputs": ({"x": "3x4", "mask": "bool:3"}, "x=Tensor, mask=Tensor"),
    "a mapping": (OrderedDict(x=torch.ones(3, 4)), "x=Tensor"),
}


def told(given: object) -> str:
    if isinstance(given, torch.Tensor):
        return "Tensor"
    if isinstance(given, list):
        return f"[{', '.join(map(told, given))}]"
    if type(given) is tuple:
        return f"({', '.join(map(told, given))})"
    if isinstance(given, dict):
        return f"{{{', '.join(f'{name}: {told(each)}' for name, each in given.items())}}}"
    return type(given).__name__


@pytest.mark.parametrize("backend", ["shapes", "execute"])
@pytest.mark.parametrize(("given", "arguments"), INPUTS.values(), ids=INPUTS)
def test_inputs(given: object, arguments: str, backend: Backend) -> None:
    seen.clear()
    measurement = count(Net(), given, backend=backend)
    assert measurement.macs == 3 * 4 * 8
    assert seen == [arguments]


def test_positional_and_keyword_inputs_together() -> None:
    seen.clear()
    count(Net(), "3x4", input_kwargs={"scale": 2, "mask": (3,)})
    assert seen == ["Tensor, scale=int, mask=Tensor"]


def test_a_bound_method_is_the_model() -> None:
    net = Net()
    measurement = count(net.encode, "4x4")
    assert measurement.macs == 8 * 4 * 4 + 8 * 4 * 8
    assert measurement.params == 4 * 8 + 8
    assert {module.path: module.calls for module in measurement.modules} == {"": 1, "layer": 1}


class Child(Net):
    """Another forward of the same names."""

    def forward(self, *args: object, **kwargs: object) -> object:
        raise AssertionError("not asked for")

    alias = Net.encode


@pytest.mark.filterwarnings("ignore:.*torch.jit.script_method.*:DeprecationWarning")
def test_the_very_method_that_is_given_is_called() -> None:
    def forward(self: Net, x: torch.Tensor) -> object:
        return self.layer(x) @ self.layer.weight

    child = Child()
    assert count(child.alias, "4x4").macs == 8 * 4 * 4 + 8 * 4 * 8
    assert count(MethodType(forward, child), "3x4").macs == 3 * 4 * 8 + 3 * 8 * 4
    assert count(torch.compile(child.encode), "4x4").macs == 8 * 4 * 4 + 8 * 4 * 8


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            ["3x4", "3x4"],
            "cannot run at 3x4, 3x4: Net: TypeError: Net.encode() takes 2 positional arguments but 3 were given",
        ),
        ((), "cannot run at no input: Net: TypeError: Net.encode() missing 1 required positional argument: 'x'"),
        (None, "cannot run at NoneType: Net: AttributeError: 'NoneType' object has no attribute 't'"),
        (
            torch.tensor(3),
            "cannot run at int64 scalar: Net: a matrix product needs operands of one dtype, but got float32 and int64",
        ),
    ],
)
def test_arguments_that_do_not_fit_are_the_callers_mistake(given: object, message: str) -> None:
    with pytest.raises(FlopBudgetError) as error:
        count(Net().encode, given)
    assert str(error.value).splitlines()[0] == message


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            lambda: count(Net, "3x4"),
            "the class Net is no model: give a torch.nn.Module, or a bound method of one",
        ),
        (
            lambda: count(torch.relu, "3x4"),
            "an object of builtin_function_or_method is no model: give a torch.nn.Module, or a bound method of one",
        ),
        (
            lambda: count(Net(), "3x4", backend="shape"),  # type: ignore[arg-type]
            "'shape' is no backend; did you mean 'shapes'?",
        ),
        (
            lambda: count(Net(), "3x4", mode="train"),  # type: ignore[arg-type]
            "'train' is no mode; did you mean 'training'?",
        ),
        (
            lambda: count(Net(), "3xR"),
            "'3xR' has a named dimension, R: write a number in its place",
        ),
        (
            lambda: count(Net(), [3, 4]),
            "[3, 4] is no input: write a shape as a tuple, (3, 4), or as text",
        ),
        (
            lambda: count(Net(), (3, 0)),
            "a size is at least 1: on an empty tensor there is nothing to count",
        ),
        (
            lambda: count(Net(), {"x": "3 by 4"}),
            f"'3 by 4' is neither a size nor a named dimension; {GRAMMAR}",
        ),
        (
            lambda: count(Net(), {0: "3x4"}),
            "input: the name of a keyword input is text, not 0",
        ),
        (
            lambda: count(Net(), input_kwargs=["3x4"]),  # type: ignore[arg-type]
            "input_kwargs: keyword inputs are a dict, not an object of list",
        ),
        (
            lambda: count(Net(), "3x4", backend=None),  # type: ignore[arg-type]
            "None is no backend; there is auto, shapes, execute, thop",
        ),
        (
            lambda: value(count(Net(), "3x4"), "mac"),
            "'mac' is no metric; did you mean 'macs'?",
        ),
        (
            lambda: value(count(Net(), "3x4"), "watts"),
            f"'watts' is no metric; there is {', '.join(METRICS)}",
        ),
        (
            lambda: value(count(Net(), "3x4"), "mac_rate"),
            "mac_rate: needs inferences_per_second of a target",
        ),
        (
            lambda: value(count(Net(), "3x4", mode="training"), "io_bytes"),
            "io_bytes: the memory of a step of training is not told: count the forward",
        ),
        (
            lambda: count(Net(), "3x4").by_line(),
            "measured without lines: ask for them, as in count(model, input, lines=True)",
        ),
    ],
)
def test_what_is_wrong_is_told(wrong: Callable[[], object], message: str) -> None:
    with pytest.raises(FlopBudgetError) as error:
        wrong()
    assert str(error.value) == message


def test_the_inputs_are_told_where_a_model_cannot_run(in_common: Callable[[str], str]) -> None:
    class Two(nn.Linear):
        def forward(self, input: torch.Tensor, other: dict[str, torch.Tensor]) -> torch.Tensor:  # type: ignore[override]
            return super().forward(input)

    with pytest.raises(FlopBudgetError) as error:
        count(Two(4, 8), [torch.ones(3, 5), {"ids": torch.ones(2, dtype=torch.int64)}])
    assert in_common(str(error.value).splitlines()[0]) == (
        "cannot run at 3x5, int64:2: Two: mat1 and mat2 shapes cannot be multiplied (3x5 and 4x8)"
    )


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("macs", 3 * 4 * 8),
        ("flops", 2 * 3 * 4 * 8),
        ("total_flops", 2 * 3 * 4 * 8 + 3 * 8),
        ("params", 4 * 8 + 8),
        ("activations", 3 * 8),
    ],
)
def test_metrics_by_name(metric: str, expected: int) -> None:
    measurement = count(Net(), "3x4")
    assert value(measurement, metric) == expected
    assert getattr(measurement, metric) == expected
