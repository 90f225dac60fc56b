"""A model on a shelf between two points: it is built once, and counts as one that is built for each."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Trace
from pytest_flopbudget.declaring.inputs import parse_inputs
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.building import Blueprint
from pytest_flopbudget.trace.given import declared
from pytest_flopbudget.trace.ladder import Request, trace_declared
from pytest_flopbudget.trace.parts import subject_of
from pytest_flopbudget.trace.shelf import Shelf

Built = list[str]


def traced(shelf: Shelf | None, blueprint: Blueprint, shape: str) -> Trace:
    arguments = declared(parse_inputs(shape))
    trace = trace_declared if shelf is None else shelf.trace
    return trace(blueprint, lambda model: subject_of(model, arguments), FORMULAS, Request())


def counting(factory: Callable[[], nn.Module]) -> tuple[Blueprint, Built]:
    """A blueprint, and a list of the devices on which it built."""
    built: Built = []

    def make() -> nn.Module:
        built.append(str(torch.empty(0).device))
        return factory()

    return Blueprint("nets:net", make, factory), built


class NeedsData(nn.Linear):
    """Its construction reads a value."""

    def __init__(self) -> None:
        super().__init__(8, 4)
        self.scale = float(torch.ones(1).item())


class TakesItsWay(nn.Linear):
    """Its forward reads a value."""

    def __init__(self) -> None:
        super().__init__(8, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x) if x.sum() < 1e9 else x


class Lazy(nn.LazyLinear):
    def __init__(self) -> None:
        super().__init__(4)


class Hoards(nn.Linear):
    """Keeps an activation where nothing puts it back: in what its own method closes over."""

    def __init__(self) -> None:
        super().__init__(8, 4)
        kept: list[torch.Tensor] = []
        self.keep = kept.append

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.keep(x)
        return super().forward(x)


@pytest.mark.parametrize(
    ("factory", "built"),
    [
        (lambda: nn.Linear(8, 4), ["meta"]),
        (NeedsData, ["meta", "cpu"]),
        (TakesItsWay, ["meta", "cpu"]),
    ],
    ids=["on meta", "for real", "executed"],
)
def test_it_is_built_once(factory: Callable[[], nn.Module], built: Built) -> None:
    shelf = Shelf()
    blueprint, devices = counting(factory)
    shapes = ["1x8", "2x8", "3x8"]
    shared = [traced(shelf, blueprint, shape) for shape in shapes]
    assert devices == built
    assert shared == [traced(None, counting(factory)[0], shape) for shape in shapes]


def test_a_lazy_one_is_built_for_each_point() -> None:
    shelf = Shelf()
    blueprint, devices = counting(Lazy)
    shapes = [traced(shelf, blueprint, f"1x{width}").modules[0].params for width in (8, 16)]
    assert shapes == [8 * 4 + 4, 16 * 4 + 4]
    alone, devices_alone = counting(Lazy)
    traced(None, alone, "1x8")
    assert devices == devices_alone * 2


def test_one_that_keeps_tensors_of_a_trace_is_built_for_each_point() -> None:
    shelf = Shelf()
    blueprint, devices = counting(Hoards)
    shared = [traced(shelf, blueprint, shape) for shape in ("1x8", "2x8")]
    assert shared == [traced(None, counting(Hoards)[0], shape) for shape in ("1x8", "2x8")]
    # Once on the shelf, once without it, and once for the second point.
    assert devices == ["meta"] * 3


def test_a_failure_is_told_as_without_a_shelf() -> None:
    shelf = Shelf()
    blueprint, _ = counting(lambda: nn.Linear(8, 4))
    traced(shelf, blueprint, "1x8")
    with pytest.raises(MeasureError) as shared:
        traced(shelf, blueprint, "1x9")
    with pytest.raises(MeasureError) as alone:
        traced(None, blueprint, "1x9")
    assert str(shared.value) == str(alone.value)
    assert traced(shelf, blueprint, "2x8") == traced(None, blueprint, "2x8")


def test_a_factory_that_fails_is_called_as_often_as_without_a_shelf() -> None:
    def fail() -> nn.Module:
        raise RuntimeError("no")

    shelf = Shelf()
    blueprint, devices = counting(fail)
    for _ in range(2):
        with pytest.raises(MeasureError) as failed:
            traced(shelf, blueprint, "1x8")
        assert failed.value.headline == "factory 'nets:net' raised RuntimeError: no"
    assert devices == ["meta", "cpu"] * 2


def test_it_is_prepared_once() -> None:
    prepared: list[nn.Module] = []

    def prepare(model: nn.Module) -> nn.Module:
        prepared.append(model)
        return nn.Sequential(model, nn.Linear(4, 2))

    shelf = Shelf()
    blueprint = Blueprint("nets:net", lambda: nn.Linear(8, 4), nn.Linear, (("nets:prepare", prepare),))
    shared = [traced(shelf, blueprint, shape) for shape in ("1x8", "2x8")]
    assert len(prepared) == 1
    assert shared == [traced(None, blueprint, shape) for shape in ("1x8", "2x8")]


def test_what_ends_a_run_leaves_the_shelf_empty() -> None:
    class Stops(nn.Linear):
        stop = False

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if self.stop:
                raise KeyboardInterrupt
            return super().forward(x)

    shelf = Shelf()
    blueprint, devices = counting(lambda: Stops(8, 4))
    traced(shelf, blueprint, "1x8")
    Stops.stop = True
    with pytest.raises(KeyboardInterrupt):
        traced(shelf, blueprint, "1x8")
    Stops.stop = False
    traced(shelf, blueprint, "1x8")
    assert devices == ["meta", "meta"]
