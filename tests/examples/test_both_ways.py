"""The examples' models on shapes and executed, in a forward and in a step of training, beside torch's own counter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TypeAlias

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from declared_models import EXAMPLES, SHAPE, Build
from pytest_flopbudget import Cost, TensorSpec, count
from pytest_flopbudget.counting.measurement import Mode
from pytest_flopbudget.counting.operators import OperatorCall
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.live import Way, measure_given

SMALLEST = (2, 3, 32, 32)
Calls: TypeAlias = Sequence[tuple[OperatorCall, Cost | None]]
MODES = pytest.mark.parametrize("mode", ["inference", "training"])


NETWORKS = pytest.mark.parametrize(("build", "shape"), EXAMPLES.values(), ids=EXAMPLES)


@MODES
@NETWORKS
def test_executed_it_costs_the_same(build: Build, shape: tuple[int, ...], mode: Mode) -> None:
    model = build()
    shape = SMALLEST if shape == SHAPE else shape
    on_shapes, executed = (count(model, shape, mode=mode, backend=way) for way in ("shapes", "execute"))

    assert (on_shapes.traced, executed.traced) == ("shapes", "executed")
    assert on_shapes.by_phase() == executed.by_phase()
    assert on_shapes.by_module() == executed.by_module()
    assert (on_shapes.activations, on_shapes.total_flops) == (executed.activations, executed.total_flops)
    assert on_shapes.uncounted == executed.uncounted == {}


def renumbered(calls: Calls) -> list[object]:
    """Calls whose storages have numbers by their first use: their order is no part of what is told."""
    numbers: dict[int | None, int] = {}

    def of(value: object) -> object:
        match value:
            case TensorSpec():
                return replace(value, storage=numbers.setdefault(value.storage, len(numbers)))
            case Mapping():
                return {name: of(each) for name, each in sorted(value.items())}
            case list() | tuple():
                return [of(each) for each in value]
            case _:
                return value

    return [
        (of({part.name: getattr(call, part.name) for part in fields(call) if part.compare}), cost)
        for call, cost in calls
    ]


@MODES
@NETWORKS
def test_without_shape_rules_it_is_the_same(build: Build, shape: tuple[int, ...], mode: Mode) -> None:
    """Operator by operator: results by our rules, or as an earlier call left them, are what torch's kernels give."""
    model = build()
    tables = (Table(path="pyproject.toml", shape_rules=rules) for rules in (True, False))
    ways = (Way(table=table, mode=mode) for table in tables)
    by_rules, by_kernels = (measure_given(model, shape, None, way).measurement for way in ways)

    assert by_kernels.traced == "shapes"
    assert renumbered(by_rules.calls) == renumbered(by_kernels.calls)
    assert by_rules.modules == by_kernels.modules


@NETWORKS
def test_torchs_counter_finds_twice_the_macs(build: Build, shape: tuple[int, ...]) -> None:
    with torch.device("meta"), torch.no_grad(), FlopCounterMode(display=False) as counter:
        build().eval()(torch.empty(shape))

    assert counter.get_total_flops() == count(build(), shape).flops


# Convolutions in groups: how many MACs more than ours it finds in a step of training.
GROUPED = {
    "separable": 64 * 64 * 3 * 9 * (3 - 1),
    # Of width 1: channels, and the side of what comes out.
    "mobilenet_v1": sum(
        side * side * width * 9 * (width - 1)
        for width, side in (
            *((32, 32), (64, 16), (128, 16), (128, 8), (256, 8), (256, 4)),
            *(5 * ((512, 4),)),
            *((512, 2), (1024, 2)),
        )
    ),
    "mobilenet_v1_quarter": sum(
        side * side * width * 9 * (width - 1)
        for width, side in (
            *((8, 32), (16, 16), (32, 16), (32, 8), (64, 8), (64, 4)),
            *(5 * ((128, 4),)),
            *((128, 2), (256, 2)),
        )
    ),
    # Expanded channels, and the side of what comes out.
    "mobilenet_v2": sum(
        side * side * width * 9 * (width - 1)
        for width, side in (
            *((32, 32), (96, 16), (144, 16), (144, 8), (192, 8), (192, 8), (192, 4)),
            *(4 * ((384, 4),)),
            *((576, 4), (576, 4), (576, 2), (960, 2), (960, 2), (960, 2)),
        )
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_in_training_it_takes_groups_for_none(name: str) -> None:
    """The gradient of a grouped convolution's weight it counts as of one without groups: that many times too high."""
    build, shape = EXAMPLES[name]
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        build().train()(torch.empty(shape)).sum().backward()

    ours = count(build(), shape, mode="training").flops
    assert counter.get_total_flops() == ours + 2 * GROUPED.get(name, 0)
