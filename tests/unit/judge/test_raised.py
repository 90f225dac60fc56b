"""Limits that became looser."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.raised import Loosening, raised
from pytest_flopbudget.quantities import Growth

PLACE = Place("pyproject.toml", 7)


def limit(value: int, reason: str | None = None, metric: str = "macs", subject: str = "", target: str = "") -> Limit:
    return Limit(
        metric=metric, value=value, place=PLACE, source=str(value), reason=reason, subject=subject, target=target
    )


def share(percent: int, of: str = "") -> Limit:
    return Limit(metric="macs", value=0, place=PLACE, source="", share=Fraction(percent, 100), of=of)


def growth(percent: int = 0, amount: int = 0) -> Limit:
    allowed = Growth(Fraction(percent, 100), amount)
    return Limit(metric="macs", value=0, place=PLACE, source="", subject="a.*", relation="lock", growth=allowed)


def rounded(value: int, step: int) -> Limit:
    return Limit(metric="macs", value=value, place=PLACE, source="", relation="=", step=step)


LOCK = Limit(metric="macs", value=0, place=PLACE, source="lock", relation="lock")
PINNED = Limit(metric="macs", value=100, place=PLACE, source="= 100", relation="=")


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (limit(80), limit(90), "raised"),
        (limit(80), limit(80), None),
        (limit(90), limit(80), None),
        (limit(80), PINNED, "raised"),
        (PINNED, limit(100), None),
        # Written to fewer digits, it lets more through: 4.09 G up to 4.095 G, 4 G up to 4.5 G.
        (rounded(4_090_000_000, 10_000_000), rounded(4_000_000_000, 1_000_000_000), "raised"),
        (limit(4_090_000_000), rounded(4_000_000_000, 1_000_000_000), "raised"),
        (rounded(4_090_000_000, 10_000_000), limit(4_095_000_000), None),
        (rounded(4_090_000_000, 10_000_000), limit(4_095_000_001), "raised"),
        (limit(80, target="nucleo"), limit(90, target="nucleo"), "raised"),
        (limit(80, target="nucleo"), limit(90, target="other"), "dropped"),
        (limit(80, subject="a.*"), limit(90, subject="a.*"), "raised"),
        (limit(80), limit(90, subject="a.*"), "dropped"),
        (limit(80), limit(80, metric="params"), "dropped"),
        (share(20), share(25), "raised"),
        (share(25), share(20), None),
        (share(20, "teacher"), share(20, "other"), "rewritten"),
        (limit(80), share(25), "rewritten"),
        (limit(80), LOCK, "rewritten"),
        (LOCK, LOCK, None),
        (growth(1), growth(2), "raised"),
        (growth(amount=5), growth(amount=6), "raised"),
        (growth(amount=5), growth(2), "rewritten"),
    ],
)
def test_looser(before: Limit, after: Limit, kind: Loosening | None) -> None:
    found = raised({"net::R96": [before]}, {"net::R96": [after]})
    assert [each.kind for each in found] == ([] if kind is None else [kind])


def test_cases_that_are_new_or_gone_have_no_raised_limits() -> None:
    assert raised({"gone": [limit(80)]}, {"new": [limit(90)]}) == []


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (None, "a new head", "a new head"),
        ("30 fps", "20 fps will do", "20 fps will do"),
        ("30 fps", "30 fps", ""),
        ("30 fps", None, ""),
        (None, None, ""),
    ],
)
def test_a_reason_counts_if_it_is_another(before: str | None, after: str | None, reason: str) -> None:
    (found,) = raised({"net": [limit(80, before)]}, {"net": [limit(90, after)]})
    assert found.reason == reason


def test_a_limit_of_several_modules_is_told_once() -> None:
    # In a report it stands once for each of them.
    before, after = limit(80, subject="body.*"), limit(90, subject="body.*")
    assert [each.kind for each in raised({"net": [before, before]}, {"net": [after]})] == ["raised"]


def test_every_limit_that_is_looser_is_told() -> None:
    before = [limit(80, metric="params"), limit(80), limit(80, subject="a.*")]
    after = [limit(90), limit(90, subject="a.*")]
    assert [(each.kind, each.before) for each in raised({"net": before}, {"net": after})] == [
        ("dropped", before[0]),
        ("raised", before[1]),
        ("raised", before[2]),
    ]


def test_what_is_gone_has_no_reason() -> None:
    (found,) = raised({"net": [limit(80, "30 fps")]}, {"net": []})
    assert (found.kind, found.after, found.reason) == ("dropped", None, "")
