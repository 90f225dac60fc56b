"""Warnings that end, and limits with room."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.tolerance import ends, level_on, slack, tolerated, worst
from pytest_flopbudget.judge.verdicts import Check, Finding, Level, Status, Verdict
from pytest_flopbudget.quantities import Relation

PLACE = Place("pyproject.toml", 7)
DAY = date(2027, 3, 1)


@pytest.mark.parametrize(
    ("today", "level", "until", "counts"),
    [
        (date(2027, 2, 28), "warn", DAY, "warn"),
        (date(2027, 3, 1), "warn", DAY, "error"),
        (date(2028, 1, 1), "warn", DAY, "error"),
        (date(2028, 1, 1), "warn", None, "warn"),
        (date(2028, 1, 1), "off", DAY, "off"),
        (date(2027, 2, 28), "error", DAY, "error"),
    ],
)
def test_levels_by_the_day(today: date, level: Level, until: date | None, counts: Level) -> None:
    assert level_on(today, level, until) == counts


def check(measured: int, value: int, relation: Relation = "<=", target: str = "") -> Check:
    return Check(Limit(metric="macs", value=value, place=PLACE, source="", relation=relation, target=target), measured)


def verdict(case: str, *checks: Check, status: Status = "exceeded", level: Level = "warn") -> Verdict:
    return Verdict(
        case=case, model=case, place=PLACE, checks=checks, level=level, findings=(Finding(status, level, status),)
    )


def test_what_is_tolerated_is_over_and_only_warns() -> None:
    kept = Verdict(case="a", model="a", place=PLACE, level="warn")
    exceeded, grown, near = verdict("b"), verdict("c", status="grown"), verdict("d", status="near")
    failing, off = verdict("e", level="error"), verdict("f", level="off")
    unlocked = verdict("g", status="unlocked")
    assert tolerated([kept, exceeded, grown, near, failing, off, unlocked]) == [exceeded, grown]


def test_the_worst_is_over_by_the_largest_part() -> None:
    small, large = verdict("a", check(300, 200)), verdict("b", check(4_000, 3_000), check(10, 20))
    assert worst([large, small]) == (small, small.checks[0])
    assert worst([verdict("c", status="grown"), verdict("d", check(3, 0)), verdict("e", check(3, 4, "="))]) is None


@pytest.mark.parametrize(
    ("checked", "has_slack"),
    [
        (check(49, 100), True),
        (check(50, 100), False),
        (check(0, 0), False),
        (check(49, 100, "="), False),
        (check(49, 100, target="nucleo"), False),
    ],
)
def test_slack(checked: Check, has_slack: bool) -> None:
    assert slack(verdict("a", checked)) == ([checked] if has_slack else [])


def test_shares_and_modules_have_none() -> None:
    share = Check(Limit(metric="macs", value=100, place=PLACE, source="25%", share=Fraction(1, 4)), 10)
    module = Check(Limit(metric="macs", value=100, place=PLACE, source="100", subject="a.*"), 10, module="a.b")
    assert slack(verdict("a", share, module)) == []


@pytest.mark.parametrize(
    ("status", "until", "expected"),
    [
        ("exceeded", "2027-03-01", True),
        ("grown", "2027-03-01", True),
        ("unlocked", "2027-03-01", False),
        ("kept", "2027-03-01", False),
        ("exceeded", "", False),
    ],
)
def test_what_fails_from_a_day_on(status: Status, until: str, expected: bool) -> None:
    assert ends(replace(verdict("a", status=status), until=until)) is expected


def test_what_an_assert_shows_of_a_verdict() -> None:
    assert repr(verdict("a")).startswith("<Verdict a: exceeded")
