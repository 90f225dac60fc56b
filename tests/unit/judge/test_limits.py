"""Limits that are relative to something."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.quantities import Growth, Rate

PLACE = Place("pyproject.toml", 4)
ABSOLUTE = Limit(metric="macs", value=100, place=PLACE, source="100")
SHARE = Limit(metric="macs", value=0, place=PLACE, source="25% of teacher", share=Fraction(1, 4), of="teacher")
RATE = Rate(Fraction(82_000), Fraction(1_000), "=", ("R", "R"))


@pytest.mark.parametrize(("base", "value"), [(4_089_184_256, 1_022_296_064), (7, 1), (3, 0), (0, 0)])
def test_a_share_is_rounded_down(base: int, value: int) -> None:
    assert SHARE.from_base(base).value == value


def test_what_is_no_share_stays_what_it_is() -> None:
    assert ABSOLUTE.from_base(7) is ABSOLUTE


def test_a_share_keeps_how_it_was_written() -> None:
    limit = SHARE.from_base(400)
    assert (limit.source, limit.share, limit.of) == ("25% of teacher", Fraction(1, 4), "teacher")


def test_a_rate_is_multiplied_by_the_sizes_of_a_point() -> None:
    limit = Limit(metric="macs", value=0, place=PLACE, source="= 82 k per R*R", relation="=", rate=RATE)
    resolved = limit.at({"R": 96})
    assert resolved == Limit(
        metric="macs",
        value=82_000 * 96 * 96,
        step=1_000 * 96 * 96,
        place=PLACE,
        source="= 82 k per R*R",
        relation="=",
    )
    assert resolved.kept(82_000 * 96 * 96 + 500 * 96 * 96)
    assert not resolved.kept(82_000 * 96 * 96 + 500 * 96 * 96 + 1)


def test_what_is_no_rate_is_the_same_at_every_point() -> None:
    assert ABSOLUTE.at({}) is ABSOLUTE


def test_what_is_not_resolved_is_kept_by_nothing() -> None:
    assert not SHARE.kept(1)


@pytest.mark.parametrize(
    ("limit", "highest"),
    [
        (ABSOLUTE, Fraction(100)),
        (replace(ABSOLUTE, relation="="), Fraction(100)),
        (replace(ABSOLUTE, relation="=", step=10), Fraction(105)),
        (replace(ABSOLUTE, relation="=", step=2), Fraction(101)),
        (replace(ABSOLUTE, relation="=", step=5), Fraction(205, 2)),
    ],
)
def test_the_most_that_keeps_a_limit(limit: Limit, highest: Fraction) -> None:
    assert limit.highest == highest
    assert limit.kept(int(highest))
    assert not limit.kept(int(highest) + 1)


def test_a_limit_is_the_same_whatever_keys_lead_to_it() -> None:
    assert replace(ABSOLUTE, path=("models", "net", "macs")) == ABSOLUTE


def test_an_allowance_stands_beside_a_number() -> None:
    assert ABSOLUTE.slot == ("", "macs", False)
    assert replace(ABSOLUTE, subject="a", growth=Growth(amount=1)).slot == ("a", "macs", True)
