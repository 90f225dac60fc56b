"""Our count beside thop's as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_flopbudget.judge.comparison import Comparison, Sides
from pytest_flopbudget.judge.explanations import Explanation
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.crosscheck import beside_thop, comparison_rows, crosscheck
from pytest_flopbudget.report.failure import body

NORM, CONV = "normalisation by torch.nn.BatchNorm2d", "torch.nn.ConvTranspose2d: each output element is taken to meet"
COMPARISON = Comparison(
    counter="thop 0.1.1",
    macs=Sides(
        5_464_064,
        5_464_064 + 3 * 1_000 + 786_432 - 4_194_304,
        (
            *(Explanation("added", NORM, path, 1_000) for path in ("stem.1", "stages.0.norm", "stages.1.norm")),
            Explanation("missed", "functional aten::matmul", "", -4_194_304),
            Explanation("formula", CONV, "up", 786_432),
        ),
    ),
    params=Sides(5_160, 5_160),
    approximate=False,
)
ROWS = [
    "  macs: ours 5,464,064, thop 2,059,192 (-3,404,872, -62%)",
    "    -4,194,304  missed     functional aten::matmul, in the model itself",
    "      +786,432  formula    torch.nn.ConvTranspose2d: each output element is",
    "                           taken to meet, in up",
    "        +3,000  added      normalisation by torch.nn.BatchNorm2d, in stem.1,",
    "                           stages.0.norm and 1 more module",
    "  params: the same, 5,160 params",
]


def test_the_parts_of_a_difference_by_cause() -> None:
    assert comparison_rows(COMPARISON) == ROWS


def test_the_parts_of_a_difference_by_module() -> None:
    assert comparison_rows(COMPARISON, by_module=True, width=100)[1:4] == [
        f"        +1,000  added      {NORM}, in {path}" for path in ("stem.1", "stages.0.norm", "stages.1.norm")
    ]


def test_counts_that_depend_on_data_are_about_right() -> None:
    comparison = replace(COMPARISON, macs=Sides(0, 8, (Explanation("added", NORM, "a", 8),)), approximate=True)
    assert comparison_rows(comparison) == [
        "  macs: ours ≈ 0, thop ≈ 8 (+8, over 0)",
        f"    +8  added      {NORM}, in a",
        "  params: the same, 5,160 params",
    ]


def test_parts_that_cancel_out() -> None:
    parts = (Explanation("missed", "functional aten::mm", "a", -8), Explanation("elsewhere", "x", "", 8))
    assert comparison_rows(replace(COMPARISON, macs=Sides(9, 9, parts)))[:2] == [
        "  macs: ours 9, thop 9 (the same)",
        "    -8  missed     functional aten::mm, in a",
    ]


@pytest.fixture
def compared(kept: Callable[[str], Verdict]) -> Verdict:
    return replace(kept("net::R96"), comparison=COMPARISON)


def test_the_section(compared: Verdict, kept: Callable[[str], Verdict]) -> None:
    failed = replace(kept("net::R128"), comparison="thop is not installed")
    lines = crosscheck({"pyproject.toml": [compared, kept("other::R96"), failed]}, 0)
    assert [line.text for line in lines] == [
        "net::R96, beside thop 0.1.1:",
        *ROWS,
        "net::R128: thop is not installed",
    ]
    assert [line.colour for line in lines] == [None] * 8 + ["yellow"]


def test_the_section_of_several_tables(compared: Verdict, kept: Callable[[str], Verdict]) -> None:
    lines = crosscheck({"a.toml": [compared], "b.toml": [kept("net::R96")]}, 2)
    assert [line.text for line in lines][:2] == ["a.toml:", "net::R96, beside thop 0.1.1:"]
    assert not any("b.toml" in line.text for line in lines)


def test_no_section_where_nothing_was_compared(kept: Callable[[str], Verdict]) -> None:
    assert crosscheck({"pyproject.toml": [kept("net::R96")]}, 0) == []


def test_the_body_of_a_failure(exceeded: Verdict) -> None:
    assert beside_thop(exceeded) == beside_thop(replace(exceeded, comparison="why not")) == []
    told = body(replace(exceeded, comparison=COMPARISON))
    assert "\n".join(["", "Beside thop 0.1.1:", *ROWS, ""]) in told
