"""Modules that have a formula of their own: one call each, however they are traced."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from pytest_flopbudget import Cost, TensorSpec
from pytest_flopbudget.counting.measurement import Backend, Measurement
from pytest_flopbudget.errors import FormulaError, MeasureError
from pytest_flopbudget.trace.region import region
from whole_modules import Louder, Mix, Net, Rule, measured, mix, whole

BACKENDS: tuple[Backend, ...] = ("shapes", "execute")
# torch 2.4's warns of itself.
CHECKPOINTING = pytest.mark.filterwarnings("ignore:`torch.cpu.amp.autocast:FutureWarning")


class OnAnotherDevice(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("needs a device that is not here")


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_call_for_all_that_runs_inside(backend: Backend) -> None:
    measurement = measured(Net(), "3x4", whole((Mix, mix)), backend)
    calls = [(call.operator, call.module, cost) for call, cost in measurement.calls if cost and cost.macs]
    name = f"{Mix.__module__}.Mix"
    assert calls == [
        (name, "mix", Cost(3 * 8 * 4, 3)),
        # What inherits shares the formula, and is one call although it calls the other's forward.
        (name, "louder", Cost(3 * 8 * 4, 1)),
        ("aten::linear", "head", measurement.by_operator()["aten::linear"]),
    ]
    assert measurement.macs == 2 * 3 * 8 * 4 + 3 * 8 * 2
    assert measurement.activations == 2 * 3 * 8 + 3 * 2
    assert {module.path: module.calls for module in measurement.modules}["mix.inner"] == 1
    assert not measurement.uncounted


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_nearest_class_counts(backend: Backend) -> None:
    def louder(module: Louder, x: TensorSpec, *, out: TensorSpec) -> Cost:
        return Cost(macs=7)

    formulas = whole((Mix, mix), (Louder, louder))
    assert measured(Net(), "3x4", formulas, backend).by_module()["louder"] == Cost(7)


@pytest.mark.parametrize("backend", BACKENDS)
def test_with_a_shape_it_never_runs(backend: Backend) -> None:
    def elsewhere(module: nn.Module, x: TensorSpec, *, out: TensorSpec) -> Cost:
        return Cost(macs=x.numel * out.shape[-1])

    formulas = whole((OnAnotherDevice, elsewhere), shape=lambda module, x: (*x.shape[:-1], 5))
    model = nn.Sequential(OnAnotherDevice(), nn.Linear(5, 2)).half()
    measurement = measured(model, "3x4", formulas, backend)
    assert [call.operator for call, _ in measurement.calls] == [f"{__name__}.OnAnotherDevice", "aten::linear"]
    assert measurement.macs == 3 * 4 * 5 + 3 * 5 * 2
    assert measurement.calls[0][0].out == TensorSpec((3, 5), "float16", measurement.calls[0][0].outputs[0].storage)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_rule_as_thop_has_them(backend: Backend) -> None:
    def count_mix(module: Any, inputs: tuple[torch.Tensor], output: torch.Tensor) -> None:
        module.total_ops += torch.DoubleTensor([int(output.numel() * inputs[0].shape[-1])])

    model = Net()
    before = list(vars(model.mix))
    measurement = measured(model, "3x4", whole((Mix, count_mix)), backend)
    assert measurement.by_operator()[f"{Mix.__module__}.Mix"] == Cost(2 * 3 * 8 * 4)
    assert {call.operator for call, _ in measurement.calls}.isdisjoint({"aten::zeros", "aten::empty", "aten::add_"})
    assert list(vars(model.mix)) == before


def test_in_a_region() -> None:
    model, x = Net(), torch.ones(3, 4)
    formulas = whole((Mix, mix), shape=lambda module, x, **_: (9, 9))
    expected = model(x)
    with region(formulas) as seen:
        # It runs as it is, whatever shape the formula says.
        assert torch.equal(model(x), expected)
    assert Measurement.of(seen.trace(), formulas).macs == 2 * 3 * 8 * 4 + 3 * 8 * 2
    assert Mix.forward.__qualname__ == "Mix.forward"


def test_the_classes_are_the_same_afterwards() -> None:
    forwards = [vars(each)["forward"] for each in (Mix, Louder)]
    with pytest.raises(MeasureError):
        measured(Net(), "3x5", whole((Mix, mix)), "shapes")
    assert [vars(each)["forward"] for each in (Mix, Louder)] == forwards


class Same(Mix):
    """With the forward that it inherits."""


def test_a_forward_that_is_inherited_is_counted_once() -> None:
    measurement = measured(nn.Sequential(Same(8)), "3x4", whole((Mix, mix)), "shapes")
    assert [(call.operator, cost) for call, cost in measurement.calls] == [
        (f"{Mix.__module__}.Mix", Cost(3 * 8 * 4, 1))
    ]


def test_threads_leave_in_any_order() -> None:
    forward, formulas = vars(Mix)["forward"], whole((Mix, mix))
    model, inside, outside = Net(), threading.Event(), threading.Event()

    def watching() -> None:
        with region(formulas):
            inside.set()
            outside.wait(20)

    thread = threading.Thread(target=watching)
    thread.start()
    inside.wait(20)
    with region(formulas) as seen:
        model(torch.ones(3, 4))
        outside.set()
        thread.join()
        model(torch.ones(3, 4))
    assert Measurement.of(seen.trace(), formulas).macs == 2 * (2 * 3 * 8 * 4 + 3 * 8 * 2)
    assert vars(Mix)["forward"] is forward


def fails(module: nn.Module, x: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    raise KeyError("width")


def gives_a_number(module: nn.Module, x: TensorSpec, *, out: TensorSpec, **_: object) -> int:
    return 3


def rule_fails(module: nn.Module, inputs: object, output: object) -> None:
    raise KeyError("width")


def counts_a_half(module: Any, inputs: object, output: object) -> None:
    module.total_ops += 0.5


def counts_nothing(module: Any, inputs: object, output: object) -> None:
    """A rule that forgot to count is one of no MACs, as in thop."""


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (
            fails,
            (
                "the formula for {name} ({place}) raised KeyError: 'width'; it was called with "
                "input 0=float32[3, 4], scale=3, out=float32[3, 8]"
            ),
        ),
        (
            gives_a_number,
            "the formula for {name} ({place}) returned 3, not a Cost(macs, other_flops) of integers from 0 up",
        ),
        (rule_fails, "the rule for {name} ({place}) raised KeyError: 'width'"),
        (counts_a_half, "the rule for {name} ({place}) counted 0.5, no integer from 0 up"),
    ],
)
@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_wrong_is_told(backend: Backend, function: Rule, told: str) -> None:
    place = f"{__file__}:{function.__code__.co_firstlineno}"
    with pytest.raises(FormulaError) as caught:
        measured(Net(), "3x4", whole((Mix, function)), backend)
    assert str(caught.value) == told.format(name=f"{Mix.__module__}.Mix", place=place)


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        (lambda module, x, **_: 3, "the shape of {name} ({place}) is 3, no sequence of sizes"),
        (
            lambda module, x: x.width,
            (
                "the shape for {name} ({place}) raised TypeError: <lambda>() got an unexpected keyword argument "
                "'scale'; it was called with input 0=float32[3, 4], scale=3"
            ),
        ),
    ],
    ids=["no sizes", "fails"],
)
def test_a_wrong_shape_is_told(shape: Callable[..., Any], told: str) -> None:
    place = f"{mix.__code__.co_filename}:{mix.__code__.co_firstlineno}"
    with pytest.raises(FormulaError) as caught:
        measured(Net(), "3x4", whole((Mix, mix), shape=shape), "shapes")
    assert str(caught.value) == told.format(name=f"{Mix.__module__}.Mix", place=place)


class Saving(nn.Module):
    """Modules of which some have a formula, which the backward pass computes again."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> Any:
        return checkpoint(self.layers, x, use_reentrant=False)


class Twice(Mix):
    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.outer = nn.Linear(width, width)

    def forward(self, x: torch.Tensor, *, scale: int = 1) -> torch.Tensor:
        out: torch.Tensor = self.outer(super().forward(x, scale=scale))
        return out


@pytest.mark.parametrize("shape", [None, lambda module, x, **_: (*x.shape[:-1], 8)], ids=["runs", "would not run"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_in_training_it_runs_and_its_backward_is_that_of_its_operators(
    backend: Backend, shape: Callable[..., Sequence[int]] | None
) -> None:
    one = 3 * 8 * 4
    measurement = measured(Mix(8), "3x4", whole((Mix, mix), shape=shape), backend, "training")
    # x asks for no gradient, and the weights' one costs what the forward does.
    assert {phase: cost.macs for phase, cost in measurement.by_phase().items()} == {"forward": one, "backward": one}
    assert measurement.notes == (
        f"{Mix.__module__}.Mix: its formula counts the forward; its backward pass is counted by operators",
    )
    assert measurement.by_module()["inner"].macs == one
    assert not measurement.uncounted


@CHECKPOINTING
@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_computed_again_is_counted_by_its_formula(backend: Backend) -> None:
    one, head = 3 * 8 * 4, 3 * 8 * 2
    measurement = measured(Saving(Mix(8), nn.Linear(8, 2)), "3x4", whole((Mix, mix)), backend, "training")
    # The last product is not needed again.
    assert {phase: cost.macs for phase, cost in measurement.by_phase().items()} == {
        "forward": one + head,
        "backward": one + 2 * head,
        "recomputed": one,
    }
    assert measurement.by_module()["layers.0"].macs == 3 * one


@CHECKPOINTING
@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_computed_again_in_part_is_counted_by_its_operators(backend: Backend) -> None:
    one, outer = 3 * 8 * 4, 3 * 8 * 8
    measurement = measured(Saving(Twice(8)), "3x4", whole((Twice, mix)), backend, "training")
    # The formula tells the forward, and of it the inner layer alone is needed again.
    assert {phase: cost.macs for phase, cost in measurement.by_phase().items()} == {
        "forward": one,
        "backward": one + 2 * outer,
        "recomputed": one,
    }
    again = [call for call, cost in measurement.calls if call.phase == "recomputed" and cost and cost.macs]
    assert [(call.operator, call.module) for call in again] == [("aten::addmm", "layers.0.inner")]
