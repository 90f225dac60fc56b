"""Regions in which several models run, and modules that are no part of them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from pytest_flopbudget import Measurement
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.trace.region import Region, region


def measured(seen: Region) -> Measurement:
    return Measurement.of(seen.trace(), FORMULAS)


def macs(seen: Region) -> dict[str, int]:
    return {path: cost.macs for path, cost in measured(seen).by_module().items()}


@pytest.mark.parametrize("swapped", [True, False])
def test_two_models_that_share_a_part(swapped: bool) -> None:
    part, x = nn.Linear(4, 4), torch.ones(3, 4)
    models = [nn.Sequential(part, nn.ReLU()), nn.ModuleList([part]), nn.Sequential(nn.Linear(4, 4), part)]
    with region(FORMULAS) as seen:
        for model in (models[::2])[:: -1 if swapped else 1]:
            model(x)
    one, (with_one, with_two) = 3 * 4 * 4, ("Sequential#2", "Sequential") if swapped else ("Sequential", "Sequential#2")
    assert {path: number for path, number in macs(seen).items() if number} == {
        "": 3 * one,
        with_one: one,
        f"{with_one}.0": one,
        with_two: 2 * one,
        f"{with_two}.0": one,
        f"{with_two}.1": one,
    }


def test_what_a_model_calls_that_is_no_part_of_it_is_its_own_cost() -> None:
    class Calling(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            out: torch.Tensor = other(x)
            return out

    other, x = nn.Linear(4, 4), torch.ones(3, 4)
    with region(FORMULAS) as seen:
        Calling()(x)
        other(x)
        Calling()(x)
    one = 3 * 4 * 4
    assert macs(seen) == {"": 3 * one, "Calling": one, "Linear": one, "Calling#2": one}


def test_a_recursive_model() -> None:
    class Recursive(nn.Linear):
        def forward(self, x: torch.Tensor, times: int = 2) -> torch.Tensor:
            return self(super().forward(x), times - 1) if times else super().forward(x)

    with region(FORMULAS) as seen:
        Recursive(4, 4)(torch.ones(3, 4))
    assert macs(seen) == {"": 3 * 3 * 4 * 4, "Recursive": 3 * 3 * 4 * 4}
    assert [node.calls for node in measured(seen).modules] == [0, 3]
