"""Rules of one's own for thop: ``{class: function}``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from pytest_flopbudget import Comparison, count
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.following import Subject
from pytest_flopbudget.trace.given import given
from pytest_flopbudget.trace.ladder import Request
from pytest_flopbudget.trace.thop_backend import count_live


class Own(nn.Conv2d):
    """A subclass, which thop does not know."""


def live(model: nn.Module, shape: tuple[int, ...], rules: object) -> Measurement:
    return count_live(Subject(model, given(shape, None)), Request(), lambda: rules)


def count_own(module: Any, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
    module.total_ops += output.numel() * module.in_channels


def breaks(module: nn.Module, inputs: object, output: object) -> None:
    raise ZeroDivisionError("mine")


def halves(module: Any, inputs: object, output: object) -> None:
    module.total_ops += 0.5


def test_rules_of_ones_own() -> None:
    model = nn.Sequential(Own(3, 8, 1), nn.Conv2d(8, 2, 1))
    measurement = live(model, (1, 3, 4, 4), {Own: count_own})
    assert (measurement.macs, measurement.params) == (4 * 4 * (8 * 3 + 2 * 8), 3 * 8 + 8 + 8 * 2 + 2)
    assert dict(measurement.uncounted) == {}


class Pair(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.second(self.first(x))
        return out


def count_pair(module: Any, inputs: object, output: object) -> None:
    module.total_ops += 7


def test_a_rule_stands_for_all_below_its_module() -> None:
    model = nn.Sequential(Pair())
    measurement = live(model, (1, 4), {Pair: count_pair})
    comparison = Comparison.of(count(model, (1, 4)), measurement)
    assert (measurement.macs, measurement.params) == (7, 40)
    assert [(each.cause, each.module, each.difference) for each in comparison.macs.explanations] == [
        (f"{__name__}.Pair: another formula", "0", 7 - 32)
    ]
    assert comparison.params.explanations == ()


def test_fractions_are_rounded_and_told() -> None:
    measurement = live(nn.Sequential(nn.Linear(4, 4), nn.GELU()), (1, 4), {nn.GELU: halves})
    assert measurement.macs == 16
    assert measurement.notes[1:] == ("thop counted fractions, which are rounded for each module",)


def test_a_rule_that_fails() -> None:
    with pytest.raises(MeasureError) as error:
        live(nn.Sequential(nn.GELU()), (1, 4), {nn.GELU: breaks})
    line = breaks.__code__.co_firstlineno + 1
    assert str(error.value).splitlines() == [
        "thop cannot count it: breaks raised ZeroDivisionError: mine",
        f'at        {Path(__file__).relative_to(Path.cwd())}:{line} in breaks: raise ZeroDivisionError("mine")',
    ]


def refuses(module: nn.Module, inputs: object, output: object) -> None:
    raise MeasureError("not to be counted")


def test_a_rule_that_refuses_says_why() -> None:
    with pytest.raises(MeasureError) as error:
        live(nn.Sequential(nn.GELU()), (1, 4), {nn.GELU: refuses})
    assert str(error.value) == "not to be counted"


@pytest.mark.parametrize("rules", [7, {"Linear": count_own}, {nn.GELU: 1}])
def test_rules_that_are_none(rules: object) -> None:
    with pytest.raises(MeasureError) as error:
        live(nn.Linear(4, 4), (1, 4), rules)
    assert str(error.value).splitlines() == [
        "thop_rules names no dict from classes to functions",
        "write RULES = {Mix: count_mix}, and def count_mix(module, inputs, output): module.total_ops += ...",
    ]
