"""Bundles of models of which one keeps something between its calls."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from bundle_of_cases import BundleOfCases
from pytest_flopbudget import count
from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.declaring.cases import AskedCase
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.bundles import judge_bundle
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.targets import Arena, Target
from pytest_flopbudget.judge.verdicts import Verdict

PLACE = Place("pyproject.toml", 3)


class Cell(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.GRUCell(8, 16)
        self.hidden = torch.zeros(1, 16)

    def forward(self, x: Tensor) -> Tensor:
        self.hidden = self.cell(x, self.hidden)
        return self.hidden * 2


def judged(arena: Arena, *models: nn.Module) -> Verdict:
    ram = Limit(metric="peak_activation_bytes", value=1, place=PLACE, source="ram 1 B", target="board", is_derived=True)
    target = Target(name="board", place=PLACE, deployment=Deployment(activation_dtype="int8"), limits=(ram,))
    cases = tuple(AskedCase(id=f"net{at}", kind="test", place=PLACE, targets=(target,)) for at in range(len(models)))
    bundle = BundleOfCases(target=target, cases=cases, arena=arena)
    return judge_bundle(bundle, [count(model.eval(), "1x8") for model in models])


@pytest.mark.parametrize(
    ("arena", "width", "measured"),
    [
        # At the doubling the new state and twice that are alive, and the state itself is kept; the layer has 8 + 4.
        ("separate", 4, (16 + 16) + 16 + (8 + 4)),
        # Both keep to one arena, beside which the state stays.
        ("shared", 4, (16 + 16) + 16),
        ("shared", 40, (8 + 40) + 16),
    ],
)
def test_ram_is_held_against_what_is_kept_between_calls_too(arena: Arena, width: int, measured: int) -> None:
    verdict = judged(arena, Cell(), nn.Linear(8, width))
    assert [(check.limit.name, check.measured) for check in verdict.checks] == [("arena_bytes@board", measured)]
    assert [share.value for share in verdict.shares["arena_bytes"]] == [(16 + 16) + 16, 8 + width]


def test_ram_is_held_against_the_peaks_of_models_that_keep_nothing() -> None:
    checks = judged("separate", nn.Linear(8, 4), nn.Linear(8, 2)).checks
    assert [(each.limit.name, each.measured) for each in checks] == [("peak_activation_bytes@board", 12 + 10)]
