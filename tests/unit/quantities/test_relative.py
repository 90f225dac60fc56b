"""Shares of other numbers, and numbers for each element of a point."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pytest_flopbudget.errors import QuantityError
from pytest_flopbudget.quantities import Quantity, Rate, Share, parse_rate, parse_share


@pytest.mark.parametrize(
    ("written", "share"),
    [
        ("25% of teacher", Share(Fraction(25, 100), "teacher")),
        (" 12.5 %  of  vit.tiny::R96 ", Share(Fraction(125, 1000), "vit.tiny::R96")),
        ("150% of teacher", Share(Fraction(3, 2), "teacher")),
        ("20%", Share(Fraction(1, 5))),
        ("0%", Share(Fraction(0))),
        ("4.2 G", None),
        (25, None),
        (None, None),
    ],
)
def test_shares(written: object, share: Share | None) -> None:
    assert parse_share(written) == share


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("25% teacher", "'25% teacher' is no share: write '20%', or '25% of teacher' with the model's name"),
        ("25% of", "'25% of' is no share: write '20%', or '25% of teacher' with the model's name"),
        ("-5% of teacher", "'-5%' is no percentage: it is below zero"),
        ("= 25% of teacher", "'= 25%' is no percentage: write a number and the sign, as in '95%'"),
        ("% of teacher", "'%' is no percentage: write a number and the sign, as in '95%'"),
    ],
)
def test_what_is_no_share(written: str, text: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_share(written)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("written", "sizes", "quantity"),
    [
        ("82 k per R*R", {"R": 96}, Quantity(82_000 * 96 * 96)),
        ("82 kMACs per R*R", {"R": 96}, Quantity(82_000 * 96 * 96)),
        ("88 M per T", {"T": 512, "R": 3}, Quantity(88_000_000 * 512)),
        ("0.5 M per H * W", {"H": 480, "W": 640}, Quantity(500_000 * 480 * 640)),
        ("1302.1 per R*R", {"R": 96}, Quantity(12_000_153)),  # 1302.1 * 9216 = 12_000_153.6
        ("= 5.0 per R", {"R": 3}, Quantity(15, 1, "=")),  # of 0.1 * 3 the least is 1
        ("= 82 k per R*R", {"R": 96}, Quantity(82_000 * 96 * 96, 1_000 * 96 * 96, "=")),
    ],
)
def test_rates(written: str, sizes: dict[str, int], quantity: Quantity) -> None:
    rate = parse_rate(written, "MAC")
    assert rate is not None
    assert rate.times(sizes) == quantity


def test_a_rate_says_what_it_is_for_each_of() -> None:
    assert parse_rate("0.25 per H*W*H", "MAC") == Rate(Fraction(1, 4), Fraction(1, 100), "<=", ("H", "W", "H"))


@pytest.mark.parametrize("written", ["4.2 G", 4, None, "4.2 G per s", "4.2 G per second", "4.2 G per ms", "per R"])
def test_what_is_no_rate(written: object) -> None:
    assert parse_rate(written, "MAC") is None


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("82 k per r*R", "'r' is no dimension; did you mean 'R'?"),
        ("82 k per R**2", "write dimensions behind 'per', as in 'per R*R'"),
        ("82 k per R²", "write dimensions behind 'per', as in 'per R*R'"),
        ("82 k per 10", "write dimensions behind 'per', as in 'per R*R'"),
        ("= 0.5 per R", "0.5 is no whole number"),
        ("82 kMAC/s per R", "it is a rate, and a limit is on a count"),
        ("-1 per R", "it is below zero"),
        (
            "x per R",
            "write a number, with a prefix (k M G T P) and the unit if need be, as in '4.2 GMACs'",
        ),
    ],
)
def test_what_is_a_wrong_rate(written: str, text: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_rate(written, "MAC")
    assert str(caught.value) == f"{written!r} is no number of MACs: {text}"


def test_a_rate_needs_every_dimension() -> None:
    rate = parse_rate("82 k per R*T", "MAC")
    assert rate is not None
    with pytest.raises(KeyError, match="T"):
        rate.times({"R": 96})
