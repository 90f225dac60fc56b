"""Which way a model is traced, what is told of it, and which error is told where no way goes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Backend, Measurement
from pytest_flopbudget.declaring.cases import Build
from pytest_flopbudget.declaring.inputs import Inputs, parse_tensor
from pytest_flopbudget.declaring.tracebacks import relative
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.building import Blueprint
from pytest_flopbudget.trace.given import declared as arguments
from pytest_flopbudget.trace.ladder import Request, trace_declared
from pytest_flopbudget.trace.parts import subject_of

Forward = Callable[[nn.Module, torch.Tensor], object]


class Net(nn.Module):
    """One layer of 4 × 4, called as a function says."""

    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.way = forward

    def forward(self, x: torch.Tensor) -> object:
        return self.way(self.layer, x)


def by_a_sum(layer: nn.Module, x: torch.Tensor) -> object:
    return layer(layer(x)) if x.sum() > -1e9 else layer(x)


def by_a_mask(layer: nn.Module, x: torch.Tensor) -> object:
    return layer(x[x[:, 0] > -1e9])


def by_nonzero(layer: nn.Module, x: torch.Tensor) -> object:
    return layer(x[(x[:, 0] > -1e9).nonzero()[:, 0]])


def by_unique(layer: nn.Module, x: torch.Tensor) -> object:
    return layer(x[: torch.unique(x > -1e9).numel()])


def by_item(layer: nn.Module, x: torch.Tensor) -> object:
    for _ in range(1 + int((x > 1e9).sum().item())):
        x = layer(x)
    return x


def by_topk_of_experts(layer: nn.Module, x: torch.Tensor) -> object:
    out = torch.zeros_like(x)
    for expert in range(4):
        rows = torch.where(x.argmax(1) == expert)[0]
        out[rows] += layer(x[rows])
    return out


def by_numpy(layer: nn.Module, x: torch.Tensor) -> object:
    return layer(torch.from_numpy(x.numpy()))


# Of 8 rows of 4: the layer's 4 × 4 each time that a row meets it.
BY_VALUES = {
    "a branch": (by_a_sum, 2 * 8 * 4 * 4, "aten::is_nonzero"),
    "a mask": (by_a_mask, 8 * 4 * 4, "aten::index"),
    "nonzero": (by_nonzero, 8 * 4 * 4, "aten::nonzero"),
    "unique": (by_unique, 1 * 4 * 4, "aten::_unique2"),
    "item": (by_item, 8 * 4 * 4, "aten::item"),
    "experts": (by_topk_of_experts, 8 * 4 * 4, "aten::where"),
    "numpy": (by_numpy, 8 * 4 * 4, "aten::_local_scalar_dense"),
}


@pytest.mark.parametrize(("forward", "macs", "operator"), BY_VALUES.values(), ids=BY_VALUES)
def test_what_depends_on_values_is_executed_and_told(forward: Forward, macs: int, operator: str) -> None:
    measurement = count(Net(forward), "8x4")
    assert (measurement.macs, measurement.uncounted) == (macs, {})
    assert (measurement.traced, measurement.backend, measurement.built) == ("executed", "auto", "given")
    assert measurement.data_dependent
    assert measurement.notes == (
        f"executed, since it cannot be counted on shapes: {operator} in Net reads values that depend on data",
    )


@pytest.mark.parametrize(
    ("forward", "depends"),
    [
        *((forward, True) for name, (forward, _, _) in BY_VALUES.items() if name != "numpy"),
        (lambda layer, x: layer(x), False),
        (lambda layer, x: layer(x) if torch.ones(x.shape[0]).all() else x, False),
        (lambda layer, x: layer(x[torch.ones(8, dtype=torch.bool)]), False),
        (lambda layer, x: layer(x) if torch.zeros_like(x).sum() == 0 else x, False),
    ],
)
def test_what_was_asked_to_be_executed_tells_whether_it_depends_on_values(forward: Forward, depends: bool) -> None:
    assert count(Net(forward), "8x4", backend="execute").data_dependent == depends


@pytest.mark.parametrize("forward", [forward for forward, _, _ in BY_VALUES.values()], ids=BY_VALUES)
def test_executing_draws_the_same_inputs_every_time(forward: Forward) -> None:
    seen: list[torch.Tensor] = []

    def watching(layer: nn.Module, x: torch.Tensor) -> object:
        seen.append(x)
        return forward(layer, x)

    for seed in (1, 2):
        torch.manual_seed(seed)
        count(Net(watching), "8x4", backend="execute")
    assert torch.equal(*seen)


def for_a_library(layer: nn.Module, x: torch.Tensor) -> object:
    return layer(x).to_mkldnn().to_dense()


def test_what_is_no_matter_of_values_is_executed_without_a_doubt() -> None:
    measurement = count(Net(for_a_library), "8x4")
    assert (measurement.macs, measurement.traced, measurement.data_dependent) == (8 * 4 * 4, "executed", False)
    why = "aten::to_mkldnn in Net has no data-less kernel in torch"
    assert measurement.notes == (f"executed, since it cannot be counted on shapes: {why}",)


def refused(model: nn.Module, backend: Backend, shape: str = "8x4") -> list[str]:
    with pytest.raises(MeasureError) as error:
        count(model, shape, backend=backend)
    return str(error.value).splitlines()


def test_shapes_alone_never_execute() -> None:
    line = inspect.getsourcelines(by_a_sum)[1] + 1
    assert refused(Net(by_a_sum), "shapes") == [
        "cannot be counted on shapes: aten::is_nonzero in Net reads values that depend on data",
        "module    Net(), the model itself",
        "operator  aten::is_nonzero: self scalar",
        f"at        {relative(__file__)}:{line} in by_a_sum: return layer(layer(x)) if x.sum() > -1e9 else layer(x)",
        'hint      backend = "auto" executes a model that shapes alone cannot tell',
    ]


def test_what_is_asked_to_be_executed_is() -> None:
    measurement = count(Net(lambda layer, x: layer(x)), "8x4", backend="execute")
    assert (measurement.macs, measurement.traced, measurement.backend) == (8 * 4 * 4, "executed", "execute")
    assert (measurement.data_dependent, measurement.notes) == (False, ())


def raising_by_value(layer: nn.Module, x: torch.Tensor) -> object:
    if x.isnan().any():
        return layer(x)
    raise ValueError("wants NaN")


def raising_without_values(layer: nn.Module, x: torch.Tensor) -> object:
    if type(x) is not torch.Tensor:
        raise TypeError("wants a plain tensor")
    return layer(x)


def test_where_executing_fails_too_its_error_is_told_and_then_the_one_before() -> None:
    lines = refused(Net(raising_by_value), "auto")
    assert lines[0] == "cannot run at 8x4: Net: ValueError: wants NaN"
    assert lines[-1] == "before    on shapes: aten::is_nonzero in Net reads values that depend on data"


def test_an_error_of_the_models_own_may_be_one_of_shapes_only() -> None:
    measurement = count(Net(raising_without_values), "8x4")
    assert (measurement.macs, measurement.traced, measurement.data_dependent) == (8 * 4 * 4, "executed", False)
    assert measurement.notes == ("executed, since it cannot run at 8x4: Net: TypeError: wants a plain tensor",)


def test_what_a_kernel_refuses_is_not_executed_to_be_refused_again(in_common: Callable[[str], str]) -> None:
    calls = []

    def mismatched(layer: nn.Module, x: torch.Tensor) -> object:
        calls.append(x)
        return layer(x)

    assert in_common(refused(Net(mismatched), "auto", "8x5")[0]) == (
        "cannot run at 8x5: layer (Linear): mat1 and mat2 shapes cannot be multiplied (8x5 and 4x4)"
    )
    assert len(calls) == 1


def test_a_thread_is_followed_nowhere() -> None:
    def pooled(layer: nn.Module, x: torch.Tensor) -> object:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(layer, x).result()

    why = "the forward in Net hands work to a thread, which is not followed"
    assert refused(Net(pooled), "auto")[0] == f"cannot be counted: {why}"
    assert refused(Net(pooled), "execute")[0] == f"cannot be counted: {why}"
    assert refused(Net(pooled), "shapes")[0] == f"cannot be counted on shapes: {why}"


class Router(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2 if x.sum() > 0 else x


class Large(nn.Sequential):
    """40 GB of parameters before a branch on a value."""

    def __init__(self) -> None:
        super().__init__(nn.Linear(100_000, 100_000, bias=False), Router())


def declared(make: Callable[[], object], request: Request, shape: str = "1x100000") -> Measurement:
    given = arguments(Inputs((parse_tensor(shape),)))
    blueprint = Blueprint("shop:net", make, make)
    return Measurement.of(
        trace_declared(blueprint, lambda model: subject_of(model, given), FORMULAS, request), FORMULAS
    )


def test_what_is_too_large_to_be_executed_is_not_even_built() -> None:
    builds = []

    def make() -> nn.Module:
        builds.append(torch.empty(0).device.type)
        return Large()

    with pytest.raises(MeasureError) as error:
        declared(make, Request())
    line = inspect.getsourcelines(Router.forward)[1] + 1
    room = "parameters, buffers and inputs take 37.25 GiB"
    assert str(error.value).splitlines() == [
        "cannot be counted on shapes: aten::is_nonzero in 1 (Router) reads values that depend on data",
        "module    1: Router()",
        "operator  aten::is_nonzero: self scalar",
        f"at        {relative(__file__)}:{line} in forward: return x * 2 if x.sum() > 0 else x",
        f"size      {room}, more than execute_limit = '2 GiB', so it is not executed",
        'hint      execute_limit = "38 GiB" lets it be executed',
    ]
    assert builds == ["meta"]


@pytest.mark.parametrize(
    ("limit", "fits"), [(8 * 4 * 4 + (4 * 4 + 4) * 4, True), (8 * 4 * 4 + (4 * 4 + 4) * 4 - 1, False)]
)
def test_the_limit_holds_to_the_byte(limit: int, fits: bool) -> None:
    request = Request(execute_limit=limit)
    if fits:
        assert declared(lambda: Net(by_a_sum), request, "8x4").traced == "executed"
        return
    with pytest.raises(MeasureError, match="more than execute_limit"):
        declared(lambda: Net(by_a_sum), request, "8x4")


@pytest.mark.parametrize(
    ("backend", "build", "forward", "traced", "built"),
    [
        ("auto", "auto", lambda layer, x: layer(x), "shapes", "meta"),
        ("shapes", "auto", lambda layer, x: layer(x), "shapes", "meta"),
        ("auto", "real", lambda layer, x: layer(x), "shapes", "real"),
        ("execute", "auto", lambda layer, x: layer(x), "executed", "real"),
        ("auto", "auto", by_a_mask, "executed", "real"),
        ("auto", "real", by_a_mask, "executed", "real"),
    ],
)
def test_the_rungs(backend: Backend, build: Build, forward: Forward, traced: str, built: str) -> None:
    measurement = declared(lambda: Net(forward), Request(backend=backend, build=build), "8x4")
    assert (measurement.traced, measurement.built, measurement.macs) == (traced, built, 8 * 4 * 4)


@torch.library.custom_op("flopbudget_ladder_tests::twice", mutates_args=(), schema="(Tensor x) -> Tensor")
def twice(x: torch.Tensor) -> torch.Tensor:
    return x * 2


def unfollowed_and_by_its_data(layer: nn.Module, x: torch.Tensor) -> object:
    """An operator that has nothing for shapes, before a way that depends on data."""
    return layer(x) if twice(x).sum() > 0 else x


def test_what_is_executed_and_depends_on_data_has_no_worst_case() -> None:
    with pytest.raises(MeasureError) as error:
        declared(lambda: Net(unfollowed_and_by_its_data), Request(worst={}), "8x4")
    assert str(error.value) == (
        "cannot be counted on shapes: flopbudget_ladder_tests::twice in Net has no data-less kernel: give it one with "
        'register_fake, or its shape with @formula("flopbudget_ladder_tests::twice", shape=...)'
        ", and executed it takes its way by its data\n"
        'hint      it has no worst case: data_dependent = "execute" counts it for one input\'s values'
    )
