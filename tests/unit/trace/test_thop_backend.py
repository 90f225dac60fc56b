"""thop's numbers, under its conventions, in a trace: what it counts, what it cannot, and what becomes of the model."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from pytest_flopbudget import Comparison, Cost, count
from pytest_flopbudget.errors import FlopBudgetError, InputError, MeasureError, RunError
from pytest_flopbudget.trace import thop_backend, thop_import
from pytest_flopbudget.trace.thop_owner import find_owner

State = Callable[[nn.Module], dict[str, object]]
SAYS = f"counted by {find_owner().name}: it knows modules by their classes, and sees no functional operators"


class Functional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(64, 3, 3, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.conv2d(x, self.weight, padding=1)


class Own(nn.Conv2d):
    """A subclass, which thop does not know."""


def separable() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 3, 3, padding=1, groups=3), nn.Conv2d(3, 64, 1))


def small() -> nn.Module:
    """A small CNN without anything that thop adds."""
    return nn.Sequential(
        *(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(32 * 16 * 16, 10)),
    )


def shared(parents: int) -> nn.Module:
    layer = nn.Linear(4, 4)
    return nn.Sequential(*(nn.Sequential(layer) for _ in range(parents)))


def twice() -> nn.Module:
    layer = nn.Linear(4, 4)
    return nn.Sequential(layer, layer)


# The model, its input, thop's MACs by hand from its rules, and its parameters.
LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], int, int]] = {
    "convolution at 64": (lambda: nn.Sequential(nn.Conv2d(3, 64, 3, padding=1)), (1, 3, 64, 64), 7_077_888, 1_792),
    "convolution at 128": (lambda: nn.Sequential(nn.Conv2d(3, 64, 3, padding=1)), (1, 3, 128, 128), 28_311_552, 1_792),
    "separable at 64": (separable, (1, 3, 64, 64), 64 * 64 * (3 * 9 + 3 * 64), 30 + 256),
    "separable at 128": (separable, (1, 3, 128, 128), 4 * 64 * 64 * (3 * 9 + 3 * 64), 30 + 256),
    "small": (
        small,
        (1, 3, 32, 32),
        32 * 32 * 16 * 3 * 9 + 16 * 16 * 32 * 16 * 9 + 32 * 16 * 16 * 10,
        448 + 4_640 + 81_930,
    ),
    "strided transposed": (
        lambda: nn.Sequential(nn.ConvTranspose2d(8, 16, 3, stride=2, groups=4)),
        (1, 8, 10, 10),
        21 * 21 * 16 * 2 * 9,
        304,
    ),
    "unbatched": (lambda: nn.Sequential(nn.Conv2d(3, 8, 3)), (3, 66, 66), 8 * 64 * 64 * 66 * 9, 224),
    "functional": (Functional, (1, 3, 64, 64), 0, 0),
    "a subclass": (lambda: nn.Sequential(Own(3, 8, 1)), (1, 3, 4, 4), 0, 0),
    "normalisation": (lambda: nn.Sequential(nn.BatchNorm2d(8)), (1, 8, 4, 4), 4 * 128, 16),
    "plain normalisation": (lambda: nn.Sequential(nn.BatchNorm2d(8, affine=False)), (1, 8, 4, 4), 2 * 128, 0),
    "pooling": (lambda: nn.Sequential(nn.AdaptiveAvgPool2d(2)), (1, 8, 4, 4), (4 + 1) * 32, 0),
    "activation": (lambda: nn.Sequential(nn.PReLU()), (1, 8, 4, 4), 128, 1),
    "softmax": (lambda: nn.Sequential(nn.Softmax(1)), (4, 10), 4 * (3 * 10 - 1), 0),
    "recurrent": (
        lambda: nn.Sequential(nn.LSTM(32, 64, num_layers=2, batch_first=True)),
        (2, 10, 32),
        2 * 10 * 4 * (32 * 64 + 3 * 64 * 64) + 2 * 10 * 2 * 16 * 64,
        4 * (32 * 64 + 3 * 64 * 64) + 4 * 4 * 64,
    ),
    # The parameters of a model that has a rule itself are left out.
    "a layer by itself": (lambda: nn.Linear(16, 32), (4, 16), 4 * 16 * 32, 0),
    "called twice": (twice, (1, 4), 2 * 16, 20),
    "two parents": (lambda: shared(2), (1, 4), 2**2 * 2 * 16, 2 * 20),
    "three parents": (lambda: shared(3), (1, 4), 3**2 * 3 * 16, 3 * 20),
}


@pytest.mark.parametrize("name", LAYERS)
def test_thops_numbers(name: str) -> None:
    make, shape, macs, params = LAYERS[name]
    measurement = count(make(), shape, backend="thop")
    assert (measurement.macs, measurement.params) == (macs, params)
    assert (measurement.backend, measurement.traced, measurement.built) == ("thop", "thop", "given")
    assert measurement.notes == (SAYS,)
    comparison = Comparison.of(count(make(), shape), measurement)
    for sides in (comparison.macs, comparison.params):
        assert sum(each.difference for each in sides.explanations) == sides.difference


@pytest.mark.parametrize("name", LAYERS)
def test_they_are_those_of_thop_itself(name: str) -> None:
    make, shape, macs, params = LAYERS[name]
    profile: Any = thop_import.load_thop().profile
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert profile(make(), inputs=(torch.zeros(shape),), verbose=False) == (macs, params)


def test_the_modules_totals() -> None:
    measurement = count(nn.Sequential(small(), nn.Linear(10, 5)), (1, 3, 32, 32), backend="thop")
    macs = {path: cost.macs for path, cost in measurement.by_module().items()}
    assert macs[""] == measurement.macs == macs["0"] + macs["1"]
    assert (macs["0.0"], macs["0.1"], macs["1"]) == (32 * 32 * 16 * 3 * 9, 0, 10 * 5)
    assert measurement.params_by_module()["0"] == 448 + 4_640 + 81_930
    assert [module.calls for module in measurement.modules] == [1] * 10


class Mask(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 8)

    def forward(self, x: torch.Tensor, *, mask: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.layer(x) * mask
        return out

    def encode(self, x: torch.Tensor) -> object:
        return self(x, mask=torch.ones(8))

    def eval(self) -> Mask:
        raise AssertionError("the user's own code")

    def train(self, mode: bool = True) -> Mask:
        raise AssertionError("the user's own code")


def test_keyword_inputs_and_methods() -> None:
    model = Mask()
    assert count(model, "2x4", input_kwargs={"mask": "2x8"}, backend="thop").macs == 2 * 4 * 8
    assert count(model.encode, "2x4", backend="thop").macs == 2 * 4 * 8
    assert "forward" not in vars(model)


NEEDS_DATA = "cannot be counted on shapes: aten::is_nonzero in 1 (Branch) reads values that depend on data"


class Branch(nn.Linear):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = super().forward(x)
        return out if out.sum() > 0 else -out


def test_a_forward_that_needs_data_is_executed() -> None:
    model = nn.Sequential(nn.Linear(4, 4), Branch(4, 4))
    measurement = count(model, "2x4", backend="thop")
    assert (measurement.macs, measurement.traced, measurement.data_dependent) == (2 * 16, "thop", True)
    assert measurement.notes == (
        f"executed, since it {NEEDS_DATA}",
        SAYS,
    )


@pytest.mark.parametrize(
    ("make", "uncounted"),
    [
        (lambda: nn.Sequential(nn.GELU(), nn.GELU()), {("torch.nn.GELU", "0"): 1, ("torch.nn.GELU", "1"): 1}),
        (Functional, {(f"{__name__}.Functional", ""): 1}),
        (lambda: nn.Sequential(nn.Flatten(1), nn.Identity(), nn.Dropout1d(), nn.ZeroPad1d(1)), {}),
        (lambda: nn.Sequential(nn.Sequential(nn.ReLU())), {}),
    ],
)
def test_modules_without_a_rule(make: Callable[[], nn.Module], uncounted: dict[tuple[str, str], int]) -> None:
    assert dict(count(make(), (1, 3, 8, 8), backend="thop").uncounted) == uncounted


def test_attention_is_uncounted() -> None:
    measurement = count(nn.TransformerEncoderLayer(64, 4, 128, batch_first=True), (2, 16, 64), backend="thop")
    assert measurement.macs == 2 * 16 * 2 * 64 * 128 + 2 * 4 * 2 * 16 * 64
    assert dict(measurement.uncounted) == {("torch.nn.MultiheadAttention", "self_attn"): 1}


def test_a_rule_that_gives_up_counts_nothing() -> None:
    before = list(logging.getLogger().handlers)
    measurement = count(nn.Sequential(nn.Upsample(scale_factor=2, mode="trilinear")), (1, 1, 2, 2, 2), backend="thop")
    assert dict(measurement.uncounted) == {("torch.nn.Upsample", "0"): 1}
    assert measurement.notes == (SAYS, "thop says: mode trilinear is not implemented yet, take it a zero op")
    assert logging.getLogger().handlers == before


def test_what_thop_does_not_know() -> None:
    measurement = count(nn.Linear(4, 4), "2x4", backend="thop")
    told = {}
    for name, ask in {
        "flops": lambda: measurement.flops,
        "activations": lambda: measurement.activations,
        "lines": measurement.by_line,
    }.items():
        with pytest.raises(FlopBudgetError) as error:
            ask()
        told[name] = str(error.value)
    with pytest.raises(FlopBudgetError) as error:
        count(nn.Linear(4, 4), "2x4", backend="thop", lines=True)
    assert told == {name: f"{name}: thop knows macs and params only" for name in ("flops", "activations", "lines")}
    assert str(error.value) == told["lines"]


class Breaks(nn.Sequential):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self[0](x)
        raise ValueError("mine")


@pytest.mark.parametrize("make", [small, Functional, lambda: Breaks(small()), lambda: shared(2)])
def test_the_model_is_the_same(make: Callable[[], nn.Module], state_of: State) -> None:
    model = make()
    model.register_buffer("table", torch.arange(4.0))
    next(iter(model.modules())).training = False
    for module in list(model.modules())[1::2]:
        module.training = False
    before = state_of(model)
    try:
        count(
            model, (1, 3, 32, 32) if not isinstance(model, nn.Sequential) or len(model) != 2 else (1, 4), backend="thop"
        )
    except RunError:
        assert isinstance(model, Breaks)
    assert state_of(model) == before
    assert not any("total_ops" in name for name in model.state_dict())
    assert not any(module._forward_hooks for module in model.modules())


def test_counting_again_is_the_same() -> None:
    model = Breaks(nn.Linear(4, 4))
    for _ in range(2):
        with pytest.raises(RunError) as error:
            count(model, "2x4", backend="thop")
        assert str(error.value).splitlines()[0] == "cannot run at 2x4: Breaks: ValueError: mine"
    assert count(model[0], "2x4", backend="thop").macs == count(model[0], "2x4", backend="thop").macs == 2 * 16


def test_a_model_that_cannot_run_is_told_as_ever() -> None:
    told = []
    for backend in ("auto", "thop"):
        with pytest.raises(MeasureError) as error:
            count(nn.Sequential(nn.Linear(4, 8)), "2x5", backend="thop" if backend == "thop" else "auto")
        told.append(str(error.value))
    assert told[0] == told[1]


class Taken(nn.Linear):
    total_ops = 5


def test_a_model_that_thop_cannot_take() -> None:
    with pytest.raises(MeasureError) as error:
        count(Taken(4, 4), "2x4", backend="thop")
    assert str(error.value).splitlines()[0] == (
        "thop cannot count it: add_hooks raised KeyError: \"attribute 'total_ops' already exists\""
    )


def test_an_input_that_is_no_shape_is_told_as_ever() -> None:
    with pytest.raises(InputError):
        count(nn.Linear(4, 4), "2xx4", backend="thop")


def test_a_step_of_training_is_none_of_its_matters() -> None:
    with pytest.raises(MeasureError) as error:
        count(small(), "1x3x64x64", mode="training", backend="thop")
    assert str(error.value) == "mode = 'training' counts a step, and thop counts the forward alone"


def test_a_thop_that_inherits(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts functional operators in modules without a rule, and adds a shared module up at its first place."""
    layer = nn.Linear(4, 4)

    def profile(model: nn.Module, inputs: tuple[torch.Tensor, ...], **_: object) -> object:
        model(*inputs)
        once = 2 * 16.0, 20.0, dict[str, object]()
        return 2 * 16.0 + 7, 20.0, {"0": (2 * 16.0, 20.0, {"0": once}), "1": (7.0, 0.0, {"0": once})}

    thop = thop_import.Thop(find_owner(), profile, {nn.Linear: lambda *_: None}, inherits=True)
    monkeypatch.setattr(thop_backend, "load_thop", lambda: thop)
    measurement = count(nn.Sequential(nn.Sequential(layer), nn.Sequential(layer)), "1x4", backend="thop")
    assert [(call.operator, call.module, cost) for call, cost in measurement.calls] == [
        ("torch.nn.Linear", "0.0", Cost(2 * 4 * 4)),
        ("functional operators", "1", Cost(7)),
    ]
