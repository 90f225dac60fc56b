"""Dimensions that change nothing."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.measurement import Mode
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.dimensions import IdleDimension, idle_dimensions
from pytest_flopbudget.judge.verdicts import Kind, Verdict

PLACE = Place("pyproject.toml", 4)


def verdict(
    macs: int | None, *, model: str = "det", kind: Kind = "declared", mode: Mode = "inference", **point: int
) -> Verdict:
    metrics = {} if macs is None else {"macs": macs, "params": 9}
    return Verdict(
        case=f"{model}::{point}", model=model, kind=kind, place=PLACE, point=point, mode=mode, metrics=metrics
    )


@pytest.mark.parametrize(
    ("verdicts", "found"),
    [
        pytest.param([verdict(7, R=640), verdict(7, R=320)], [IdleDimension("det", "R", (320, 640))], id="the same"),
        pytest.param([verdict(7, R=320), verdict(8, R=640)], [], id="other counts"),
        pytest.param([verdict(7, R=320), verdict(7, R=480), verdict(8, R=640)], [], id="another at one"),
        pytest.param([verdict(7, R=320)], [], id="one point"),
        pytest.param([verdict(7, R=320), verdict(None, R=640)], [], id="one that could not be counted"),
        pytest.param([verdict(0, R=320), verdict(0, R=640)], [], id="nothing at all"),
        pytest.param([verdict(7), verdict(7)], [], id="no dimension"),
        pytest.param([verdict(7, R=320), verdict(7)], [], id="one without the dimension"),
        pytest.param([verdict(7, R=320), verdict(7, R=640, model="other")], [], id="two models"),
        pytest.param([verdict(7, R=320, kind="test"), verdict(7, R=640, kind="test")], [], id="tests' own models"),
        pytest.param([verdict(7, R=320), verdict(7, R=640, mode="training")], [], id="two modes"),
        pytest.param(
            [verdict(7, B=1, R=320), verdict(7, B=1, R=640), verdict(14, B=2, R=320), verdict(14, B=2, R=640)],
            [IdleDimension("det", "R", (320, 640))],
            id="one of two dimensions",
        ),
        pytest.param(
            [verdict(7, B=1, R=320), verdict(7, B=1, R=640), verdict(14, B=2, R=320), verdict(15, B=2, R=640)],
            [],
            id="not whatever the other is",
        ),
        pytest.param([verdict(7, H=320, W=640), verdict(7, H=640, W=320)], [], id="two at a time"),
    ],
)
def test_a_dimension_that_changes_nothing_is_found(verdicts: list[Verdict], found: list[IdleDimension]) -> None:
    assert list(idle_dimensions(verdicts)) == found
