"""Numbers as they are printed: with a prefix, side by side, as an excess, or exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction

from pytest_flopbudget.quantities.units import UNITS, noun, plain

_EXACT = Context(prec=400)
_DIGITS_SHOWN = 4
_MOST_DIGITS_SHOWN = 9
_MOST_DIGITS = 6
_MANY_TIMES = 10


def format_quantity(value: int, unit: str, digits: int = _DIGITS_SHOWN) -> str:
    """A number with a prefix, rounded to some digits: ``"29.72 MMACs"``, ``"3.505 M params"``, ``"320 KiB"``.

    Args:
        value: In the unit itself.
        unit: As for :func:`parse_quantity`.
        digits: How many digits to show at most; digits left of the point are always shown.
    """
    form = UNITS[unit]
    scales = form.prefixes
    if value < scales[list(scales)[1]]:
        return f"{value:,} {noun(unit, value)}"
    names = list(scales)
    at = max(index for index, name in enumerate(names) if scales[name] <= value)
    rounded = _rounded(value, scales[names[at]], digits)
    if at + 1 < len(names) and rounded * scales[names[at]] >= scales[names[at + 1]]:
        at, rounded = at + 1, Decimal(1)
    return f"{plain(rounded)} {names[at]}{form.gap}{form.plural}"


def format_pair(measured: int, limit: int, unit: str) -> tuple[str, str]:
    """Two numbers side by side, with as many digits as keep different ones from looking alike."""
    for digits in range(_DIGITS_SHOWN, _MOST_DIGITS_SHOWN + 1):
        pair = format_quantity(measured, unit, digits), format_quantity(limit, unit, digits)
        if measured == limit or pair[0] != pair[1]:
            return pair
    return f"{format_exact(measured)} {noun(unit)}", f"{format_exact(limit)} {noun(unit)}"


def format_excess(measured: int, limit: int) -> str:
    """By how much a count differs from its limit: ``"+2.5%"``, ``"-13%"``, ``"12.3x"``.

    Two digits, never ``"+0%"`` for a difference nor ``"-100%"`` for more than nothing; a multiple from ten
    times the limit on. ``"over 0"`` where the limit is 0.
    """
    if measured == limit:
        return "+0%"
    if limit == 0:
        return "over 0"
    if measured >= _MANY_TIMES * limit:
        return f"{plain(_rounded(measured, limit, 3))}x"
    is_below = measured < limit
    difference = abs(measured - limit)
    digits = 2
    percent = _rounded(100 * difference, limit, digits)
    while is_below and percent == 100 and digits < _MOST_DIGITS:
        digits += 1
        percent = _rounded(100 * difference, limit, digits)
    if is_below and percent == 100 and measured:
        return "almost -100%"
    return f"{'-' if is_below else '+'}{plain(percent)}%"


def format_in(value: int, unit: str, prefix: str, digits: int) -> str:
    """A number in one prefix of its unit, the prefix left out: ``"3.50"`` million; digits left of the point all stay.

    Args:
        value: In the unit itself.
        unit: As for :func:`parse_quantity`.
        prefix: One of the unit's.
        digits: How many digits are shown, zeros too.
    """
    scale = UNITS[unit].prefixes[prefix]
    return f"{_rounded(value, scale, digits):,f}" if value else "0"


def prefix_of(values: Sequence[int], unit: str) -> str:
    """The prefix in which the largest of some numbers is told."""
    scales = UNITS[unit].prefixes
    largest = max(values, default=0)
    return next((name for name in reversed(list(scales)) if scales[name] <= largest), next(iter(scales)))


def format_exact(value: int) -> str:
    """All digits, in threes: ``"29,720,000"``."""
    return f"{value:,}"


def _rounded(numerator: int, denominator: int, digits: int) -> Decimal:
    """The quotient to some significant digits, halves up; digits left of the point are all kept."""
    exact = Fraction(numerator, denominator)
    decimals = max(0, digits - 1 - _magnitude(exact))
    tenths = math.floor(exact * 10**decimals + Fraction(1, 2))
    return Decimal(tenths).scaleb(-decimals, _EXACT)


def _magnitude(value: Fraction) -> int:
    """The power of ten of the first digit."""
    power = len(str(value.numerator)) - len(str(value.denominator))
    return power if value >= Fraction(10) ** power else power - 1
