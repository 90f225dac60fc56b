from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest

from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Finding, Level, Status, Verdict
from pytest_flopbudget.report.html.rows import row_of, tallies, tone_of


def test_a_row(exceeded: Verdict) -> None:
    assert row_of(replace(exceeded, change="grown", locked={"macs": 28_000_000}), "a/pyproject.toml") == {
        "id": "mobilenet::R160",
        "table": "a/pyproject.toml",
        "model": "mobilenet",
        "kind": "declared",
        "status": "exceeded",
        "tone": "bad",
        "headline": "29.72 MMACs > 29 MMACs (+2.5%)",
        "metric": "macs",
        "tightest": "29.72 MMACs > 29 MMACs",
        "used": 102.5,
        "macs": "29,720,000",
        "macs_short": "29.72 MMACs",
        "params": "60",
        "params_short": "60 params",
        "changed": "+6.1%",
        "growth": "+1,720,000",
    }


def test_what_could_not_be_measured_has_no_numbers(exceeded: Verdict) -> None:
    row = row_of(replace(exceeded, checks=(), metrics={}), "")
    assert (row["metric"], row["used"], row["macs"], row["params"], row["growth"]) == ("", None, None, None, None)


@pytest.mark.parametrize(
    ("change", "locked", "changed", "growth"),
    [
        (None, {}, "", None),
        ("new", {}, "new", None),
        ("same", {"macs": 29_720_000}, "same", "0"),
        ("shrunk", {"macs": 59_440_000}, "-50%", "-29,720,000"),
    ],
)
def test_since_the_lock(
    exceeded: Verdict,
    change: Literal["new", "same", "shrunk"] | None,
    locked: dict[str, int],
    changed: str,
    growth: str | None,
) -> None:
    row = row_of(replace(exceeded, change=change, locked=locked), "")
    assert (row["changed"], row["growth"]) == (changed, growth)


def test_the_tightest_limit_is_told(exceeded: Verdict) -> None:
    def check(metric: str, measured: int, relation: Literal["<=", "="] = "<=") -> Check:
        place = exceeded.place
        return Check(Limit(metric=metric, value=100, place=place, source="100", relation=relation), measured)

    def told(*checks: Check) -> tuple[str, float | None]:
        row = row_of(replace(exceeded, checks=checks), "")
        return row["tightest"], row["used"]

    assert told(check("macs", 40), check("params", 90)) == ("90 params of 100 params", 90.0)
    assert told(check("macs", 101), check("params", 90)) == ("101 MACs > 100 MACs", 101.0)
    # A number that must be equal, and is, uses up nothing.
    assert told(check("macs", 100, "="), check("params", 9)) == ("9 params of 100 params", 9.0)
    assert told(check("macs", 100, "=")) == ("100 MACs, exactly", None)
    assert told(check("macs", 97, "=")) == ("97 MACs, not 100 MACs (-3%)", 97.0)


@pytest.mark.parametrize(
    ("status", "level", "tone"),
    [
        ("error", "error", "bad"),
        ("exceeded", "warn", "warn"),
        ("near", "warn", "warn"),
        ("skipped", "off", "idle"),
    ],
)
def test_tones(exceeded: Verdict, status: Status, level: Level, tone: str) -> None:
    assert tone_of(replace(exceeded, findings=(Finding(status, level, ""),))) == tone


def test_kept_is_good_and_unjudged_is_neither(kept: Callable[[str], Verdict]) -> None:
    assert tone_of(kept("net")) == "good"
    assert tone_of(replace(kept("net"), level="off")) == "idle"


def test_tallies_begin_with_the_worst(exceeded: Verdict, kept: Callable[[str], Verdict]) -> None:
    assert tallies([kept("a"), exceeded, kept("b")]) == [("exceeded", 1), ("kept", 2)]
