"""Points that are locked and drawn only, and a whole training, in runs: 248 MACs a pixel."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]

SWEPT = """
[tool.pytest-flopbudget]
{lock}
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
kwargs  = {{ width = {width} }}
input   = "1x3xRxR"
at      = [{{ R = 16, macs = "1 M" }}]
sweep   = {{ R = "16..48 step 16" }}
"""
STEP = """
[tool.pytest-flopbudget]
lock = "lock.json"
[tool.pytest-flopbudget.models.step]
factory   = "toy:net"
input     = "1x3x16x16"
mode      = "training"
repeat    = {repeat}
run_flops = "10 G"
"""

LIVE = """
import toy

def test_live(flop_budget):
    counted = flop_budget(toy.net(), declared="step", run_flops="11 G")
    assert (counted.repeat, counted.macs) == (40_000, {macs})
"""


def test_without_a_lock_they_are_said_to_be_drawn_only(
    declare: Declare, run: Run, rows: Rows, pytester: pytest.Pytester
) -> None:
    declare(SWEPT.format(lock="", width=8))

    result = run("-v", "--flopbudget-report=flops.html")

    result.assert_outcomes(passed=4)
    assert rows(result) == [
        "kept net::R16 63.49 kMACs of 1 MMACs (6%)",
        "unjudged net::R32 drawn only: it is of a sweep, and no lock is kept",
        "unjudged net::R48 drawn only: it is of a sweep, and no lock is kept",
    ]
    page = (pytester.path / "flops.html").read_text(encoding="utf-8")
    assert '"points":["R16","R32","R48"]' in page.replace(" ", "")


def test_a_lock_holds_them(declare: Declare, run: Run) -> None:
    lock = 'lock = "lock.json"'
    declare(SWEPT.format(lock=lock, width=8))
    run("--flopbudget-update").assert_outcomes(passed=4)
    declare(SWEPT.format(lock=lock, width=9))

    result = run("--flopbudget-only=net::R32", "--tb=no")

    # 1024 * (9 * 27 + 9 * 4) beside 1024 * 248.
    result.stdout.fnmatch_lines(["FAILED pyproject.toml::net::R32 - 285.7 kMACs > 254 kMACs locked (+13%)*"])


def test_a_whole_training_is_limited_locked_and_told(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    # A step: 63,488 MACs forward; as many for the weights, and 256 * 8 * 4 for the activation between them.
    macs = 63_488 + 63_488 + 256 * 8 * 4
    table = declare(STEP.format(repeat="30_000"))

    result = run("-v", "--flopbudget-update", "--flopbudget-report=flops.json")

    result.assert_outcomes(passed=2)
    told = json.loads((pytester.path / "flops.json").read_text(encoding="utf-8"))
    (case,) = told["cases"]
    assert case["metrics"]["run_flops"] == 2 * macs * 30_000 == 8_110_080_000
    assert "a run of 30,000 steps: 8.11 GFLOPs (2 × MACs)" in case["notes"]
    assert '"run_flops": 8110080000' in (pytester.path / "lock.json").read_text(encoding="utf-8")

    declare(STEP.format(repeat="40_000"))
    (table.parent / "test_live.py").write_text(LIVE.format(macs=macs), encoding="utf-8")
    failed = run("--tb=no")
    failed.assert_outcomes(passed=2, failed=1)
    failed.stdout.fnmatch_lines(["exceeded    step::default * 10.81 GFLOPs (2 × MACs, whole run) > 10*"])
