"""A warning that becomes an error on its day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]

NET = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3x16x16"
macs    = "60 k"
level   = "warn"
until   = {}
"""
# 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488 MACs
OVER = "63.49 kMACs > 60 kMACs (+5.8%)"
TOLERATED = "tolerated 1 case over a limit or the lock, most of all net::default (macs +5.8%)"


def day(days: int) -> date:
    return datetime.now(tz=timezone.utc).date() + timedelta(days)


def test_until_then_it_warns(declare: Declare, run: Run, rows: Rows) -> None:
    declare(NET.format(day(9)))
    result = run("tests", "--flopbudget")
    result.assert_outcomes(passed=2, warnings=1)
    assert rows(result) == [
        f"exceeded net::default {OVER} (warning)",
        TOLERATED,
        f"tolerated net::default fails from {day(9)} on, in 9 days",
    ]


def test_from_then_on_it_fails(declare: Declare, run: Run, rows: Rows) -> None:
    declare(NET.format(f'"{day(-1)}"'))
    result = run()
    result.assert_outcomes(passed=1, failed=1)
    assert rows(result) == [f"exceeded net::default {OVER}"]
    assert f"It was to warn until {day(-1)}." in result.outlines


def test_the_command_line_beats_the_day(declare: Declare, run: Run) -> None:
    declare(NET.format(day(-1)))
    run("--flopbudget-level=warn").assert_outcomes(passed=2, warnings=1)


@pytest.mark.parametrize(("days", "outcomes"), [(30, {"passed": 1, "warnings": 1}), (-1, {"failed": 1})])
def test_in_a_test(pytester: pytest.Pytester, declare: Declare, run: Run, days: int, outcomes: dict[str, int]) -> None:
    declare("")
    pytester.makepyfile(
        test_net=f"""
        import toy

        def test_net(flop_budget):
            flop_budget(toy.net(), "1x3x16x16", macs="60 k", level="warn", until="{day(days)}")
        """
    )
    run("test_net.py").assert_outcomes(**outcomes)
