"""Measuring a live model by us and by thop."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import torch
from torch import nn

from pytest_flopbudget.counting.measurement import Backend
from pytest_flopbudget.judge.comparison import Comparison
from pytest_flopbudget.live import Way, measure_given


class Sum(nn.Module):
    """Works through what it is given, once."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 8)

    def forward(self, parts: Iterable[torch.Tensor]) -> torch.Tensor:
        return torch.cat([self.layer(part) for part in parts])


@pytest.mark.parametrize("backend", ["auto", "thop"])
def test_both_have_the_same_inputs(backend: Backend) -> None:
    parts = iter([torch.zeros(2, 4), torch.zeros(3, 4)])
    both = measure_given(Sum(), [parts], None, Way(backend=backend, crosscheck=True))
    assert both.measurement.backend == backend
    assert isinstance(both.comparison, Comparison)
    assert (both.comparison.macs.ours, both.comparison.macs.thops) == (5 * 4 * 8, 5 * 4 * 8)


def test_what_is_not_asked_for_is_not_counted() -> None:
    assert measure_given(nn.Linear(4, 8), "2x4", None, Way()).comparison is None


class Taken(nn.Linear):
    total_ops = 5


def test_why_there_is_no_comparison() -> None:
    both = measure_given(Taken(4, 8), "2x4", None, Way(crosscheck=True))
    assert (both.measurement.macs, both.comparison) == (
        2 * 4 * 8,
        "thop cannot count it: add_hooks raised KeyError: \"attribute 'total_ops' already exists\"",
    )
