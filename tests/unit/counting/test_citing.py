from importlib.metadata import PackageNotFoundError, version

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.citing import sentence

OURS = f"pytest-flopbudget {version('pytest-flopbudget')}, conventions 1"


def test_a_measurement_says_what_was_counted_and_how() -> None:
    # 8 * 8 * 8 * 3 * 9 = 13_824 MACs, 8 * 3 * 9 = 216 parameters
    measurement = count(nn.Conv2d(3, 8, 3, padding=1, bias=False), "1x3x8x8")
    assert measurement.cite() == (
        "The model takes 13.82 kMACs (27.65 kFLOPs, counted as two a MAC) for one forward at an input of 1×3×8×8 and "
        f"has 216 parameters, counted on shapes alone by {OURS}."
    )


def test_a_step_of_training_with_two_inputs() -> None:
    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.own = nn.Linear(4, 4, bias=False)

        def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
            out: torch.Tensor = self.own(a) + b
            return out

    # 2 * 4 * 4 forward, and as much for the weight's gradient: the input needs none
    assert count(Both(), ("2x4", "1x4"), mode="training").cite() == (
        "The model takes 64 MACs (128 FLOPs, counted as two a MAC) for one step of training, a forward and its "
        f"backward pass, at inputs of 2×4, 1×4 and has 16 parameters, counted on shapes alone by {OURS}."
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            sentence(macs=2, params=7, inputs=(), mode="inference", how="executed", approximate=True),
            (
                "The model takes about 2 MACs (about 4 FLOPs, counted as two a MAC) for one forward and has 7 "
                f"parameters, counted while it ran by {OURS}."
            ),
        ),
        (
            sentence(macs=2, params=7, inputs=(), mode="inference", how="worst case", uncounted=3),
            (
                "The model takes 2 MACs (4 FLOPs, counted as two a MAC) for one forward and has 7 parameters, counted "
                f"in its worst case by {OURS}; 3 calls of operators are not counted."
            ),
        ),
        (
            sentence(macs=2, params=7, inputs=(), mode="inference", how="thop", counter="thop 0.1", uncounted=1),
            (
                "The model takes 2 MACs for one forward and has 7 parameters, counted by thop 0.1; 1 call of an "
                "operator is not counted."
            ),
        ),
        (
            sentence(macs=2, params=7, inputs=(), mode="inference", how="thop", counter="thop 0.1"),
            "The model takes 2 MACs for one forward and has 7 parameters, counted by thop 0.1.",
        ),
    ],
)
def test_what_else_is_to_be_said(told: str, expected: str) -> None:
    assert told == expected


def test_a_folder_that_was_never_installed_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("pytest_flopbudget.counting.citing.version", nothing)
    assert sentence(macs=2, params=7, inputs=(), mode="inference", how="shapes") == (
        "The model takes 2 MACs (4 FLOPs, counted as two a MAC) for one forward and has 7 parameters, counted on "
        "shapes alone by pytest-flopbudget, conventions 1."
    )
