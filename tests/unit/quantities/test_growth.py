from __future__ import annotations

from fractions import Fraction

import pytest

from pytest_flopbudget.errors import QuantityError
from pytest_flopbudget.quantities import Growth, parse_growth


@pytest.mark.parametrize(
    ("written", "unit", "growth"),
    [
        ("1%", None, Growth(share=Fraction(1, 100), source="1%")),
        (" 0.5% ", "MAC", Growth(share=Fraction(5, 1000), source="0.5%")),
        ("150%", None, Growth(share=Fraction(3, 2), source="150%")),
        (0, None, Growth(source="0")),
        ("5 M", "MAC", Growth(amount=5_000_000, source="5 M")),
        (12, "param", Growth(amount=12, source="12")),
        ("4 KiB", "B", Growth(amount=4 * 1024, source="4 KiB")),
    ],
)
def test_what_is_allowed(written: object, unit: str | None, growth: Growth) -> None:
    assert parse_growth(written, unit) == growth


SEVERAL = "write a percentage, as in '1%', or a table by metric, as in { macs = '5 M' }"


@pytest.mark.parametrize(
    ("written", "unit", "text"),
    [
        ("5 M", None, f"'5 M' is no growth of several metrics: {SEVERAL}"),
        (5, None, f"5 is no growth of several metrics: {SEVERAL}"),
        (0.0, None, f"0.0 is no growth of several metrics: {SEVERAL}"),
        (False, None, f"false is no growth of several metrics: {SEVERAL}"),
        ("-1%", None, "'-1%' is no percentage: it is below zero"),
        ("= 5 M", "MAC", "'= 5 M' is no growth: leave the '=' out"),
        ("5 KiB", "MAC", "'5 KiB' is no number of MACs: it is a number of bytes"),
    ],
)
def test_mistakes(written: object, unit: str | None, text: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_growth(written, unit)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("growth", "before", "allowed"),
    [
        (Growth(), 1000, 1000),
        (Growth(share=Fraction(1, 100)), 1000, 1010),
        # 1,099 + 10.99, rounded down
        (Growth(share=Fraction(1, 100)), 1099, 1109),
        (Growth(amount=24), 1000, 1024),
        (Growth(share=Fraction(1, 100)), 0, 0),
    ],
)
def test_the_largest_number_allowed(growth: Growth, before: int, allowed: int) -> None:
    assert growth.allowed(before) == allowed
