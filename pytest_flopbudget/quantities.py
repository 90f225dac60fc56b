"""Exact integers from quantities as people write them ("4.2 GMACs", "320 KiB"), and back."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Literal

from pytest_flopbudget.errors import QuantityError, did_you_mean, shown

_DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
_BINARY = {"": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50}
_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_AMBIGUOUS = {"K": ("kB", "KiB"), "M": ("MB", "MiB"), "G": ("GB", "GiB")}

_NUMBER = r"[+-]?\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?(?:[eE][+-]?\d+)?"
_QUANTITY = re.compile(rf"\s*(=?)\s*({_NUMBER})\s*(.*?)\s*", re.ASCII | re.DOTALL)
_PERCENTAGE = re.compile(rf"\s*({_NUMBER})\s*%\s*", re.ASCII)

# Enough for any count; what needs more digits is a slip of the pen, and would cost memory.
_DIGITS = 100
_EXACT = Context(prec=4 * _DIGITS)
_FLOAT_EXACT_BELOW = 2**53
_DIGITS_SHOWN = 4
_MOST_DIGITS_SHOWN = 9
_MANY_TIMES = 10


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit: its plural, every spelling, what its numbers are numbers of, and how one is written."""

    plural: str
    spellings: tuple[str, ...]
    noun: str
    example: str
    gap: str = ""

    def scales(self) -> Mapping[str, int]:
        """Every suffix that a number may carry, blanks left out, and what it multiplies by."""
        if self.plural == "B":
            return _BYTES
        return {prefix + word: scale for prefix, scale in _DECIMAL.items() for word in ("", *self.spellings)}


_UNITS = {
    "MAC": _Unit("MACs", ("MACs", "MAC"), "MACs", "4.2 GMACs"),
    "FLOP": _Unit("FLOPs", ("FLOPs", "FLOP"), "FLOPs", "8.4 GFLOPs"),
    "param": _Unit("params", ("params", "param", "parameters", "parameter"), "parameters", "25.6 M params", gap=" "),
    "element": _Unit("elements", ("elements", "element"), "elements", "11.1 M elements", gap=" "),
    "B": _Unit("B", ("B",), "bytes", "320 KiB"),
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it was written.

    Args:
        value: In the unit that was asked for: MACs, FLOPs, parameters, elements or bytes.
        step: The unit of the last digit written: ``"= 1.32 G"`` has 10_000_000.
        relation: ``"<="``, or ``"="`` where the text begins with it.
    """

    value: int
    step: int = 1
    relation: Literal["<=", "="] = "<="


def parse_quantity(written: object, unit: str) -> Quantity:
    """The exact number that a text, an integer or a whole float of a table says.

    Args:
        written: Such as ``"4.2 GMACs"``, ``"= 1.32 G"``, ``600_000`` or ``4e9``.
        unit: ``"MAC"``, ``"FLOP"``, ``"param"``, ``"element"`` or ``"B"`` for bytes.

    Raises:
        QuantityError: It is no such number; the message says why, and how one is written.
    """
    try:
        if isinstance(written, str):
            return _parse_text(written, unit)
        if isinstance(written, (int, float)) and not isinstance(written, bool):
            return Quantity(_whole(_finite(written, unit)))
        raise QuantityError(_how_to_write(unit))
    except QuantityError as error:
        raise QuantityError(f"{shown(written)} is no number of {_UNITS[unit].noun}: {error}") from None


def parse_percentage(written: object) -> Fraction:
    """The exact share that a text such as ``"95%"`` says; 1 for ``"100%"``.

    Raises:
        QuantityError: It is no percentage, or below 0.
    """
    match = _PERCENTAGE.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise QuantityError(f"{shown(written)} is no percentage: write a number and the sign, as in '95%'")
    try:
        share = _decimal(match[1])
    except QuantityError as error:
        raise QuantityError(f"{shown(written)} is no percentage: {error}") from None
    return Fraction(share) / 100


def format_quantity(value: int, unit: str, digits: int = _DIGITS_SHOWN) -> str:
    """A number with a prefix, rounded to some digits: ``"29.72 MMACs"``, ``"3.505 M params"``, ``"320 KiB"``.

    Args:
        value: In the unit itself.
        unit: As for :func:`parse_quantity`.
        digits: How many digits to show at most; digits left of the point are always shown.
    """
    form = _UNITS[unit]
    scales = _BINARY if unit == "B" else _DECIMAL
    if value < scales[list(scales)[1]]:
        return f"{value:,} {noun(unit, value)}"
    names = list(scales)
    at = max(index for index, name in enumerate(names) if scales[name] <= value)
    rounded = _rounded(value, scales[names[at]], digits)
    if at + 1 < len(names) and rounded * scales[names[at]] >= scales[names[at + 1]]:
        at, rounded = at + 1, Decimal(1)
    return f"{_plain(rounded)} {names[at]}{form.gap}{form.plural}"


def noun(unit: str, number: int = 2) -> str:
    """What stands behind an exact number of a unit: ``"MACs"``, and ``"MAC"`` behind one."""
    plural = _UNITS[unit].plural
    return plural.removesuffix("s") if number == 1 else plural


def format_pair(measured: int, limit: int, unit: str) -> tuple[str, str]:
    """Two numbers side by side, with as many digits as keep different ones from looking alike."""
    for digits in range(_DIGITS_SHOWN, _MOST_DIGITS_SHOWN + 1):
        pair = format_quantity(measured, unit, digits), format_quantity(limit, unit, digits)
        if measured == limit or pair[0] != pair[1]:
            return pair
    return f"{format_exact(measured)} {noun(unit)}", f"{format_exact(limit)} {noun(unit)}"


_MOST_DIGITS = 6


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
        return f"{_plain(_rounded(measured, limit, 3))}x"
    difference = abs(measured - limit)
    digits = 2
    percent = _rounded(100 * difference, limit, digits)
    while measured < limit and percent == 100 and measured > 0 and digits < _MOST_DIGITS:
        digits += 1
        percent = _rounded(100 * difference, limit, digits)
    if percent == 100 and 0 < measured < limit:
        return "almost -100%"
    return f"{'+' if measured > limit else '-'}{_plain(percent)}%"


def format_exact(value: int) -> str:
    """All digits, in threes: ``"29,720,000"``."""
    return f"{value:,}"


def _parse_text(text: str, unit: str) -> Quantity:
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise QuantityError(_how_to_write(unit))
    equals, number, suffix = match.groups()
    amount = _decimal(number)
    scale = _UNITS[unit].scales().get(re.sub(r"\s+", "", suffix))
    if scale is None:
        raise QuantityError(_wrong_suffix(amount, suffix, unit))
    value = _whole(_EXACT.multiply(amount, Decimal(scale)))
    exponent = amount.as_tuple().exponent
    last_digit = Fraction(10) ** exponent * scale if isinstance(exponent, int) else Fraction(1)
    return Quantity(value, max(1, math.floor(last_digit)), "=") if equals else Quantity(value)


def _decimal(number: str) -> Decimal:
    digits = number.replace("_", "")
    amount = Decimal(digits) if len(digits) <= _DIGITS else Decimal("1e999")
    if abs(amount.adjusted()) > _DIGITS and amount:
        raise QuantityError("it is out of all proportion")
    if amount.is_signed():
        raise QuantityError("it is below zero")
    return amount or Decimal(0)


def _finite(written: float, unit: str) -> Decimal:
    if isinstance(written, float):
        if not math.isfinite(written):
            raise QuantityError(_how_to_write(unit))
        if abs(written) >= _FLOAT_EXACT_BELOW:
            raise QuantityError(f"a float of this size is not exact; write it as text: '{written}'")
    return _decimal(str(written) if abs(written) < 10**_DIGITS else "1e999")


def _whole(amount: Decimal) -> int:
    value = int(amount)
    if value != amount:
        raise QuantityError(f"{_plain(amount)} is no whole number")
    return value


def _how_to_write(unit: str) -> str:
    if unit == "B":
        return "write a number and its unit (B kB MB GB KiB MiB GiB), as in '320 KiB'"
    return f"write a number, with a prefix (k M G T P) and the unit if need be, as in '{_UNITS[unit].example}'"


def _wrong_suffix(amount: Decimal, suffix: str, unit: str) -> str:
    written = re.sub(r"\s+", "", suffix)
    if re.search(r"/|\bper\b.*s(ec|$)|(MAC|FLOP|B)ps$", suffix):
        return "it is a rate, and a limit is on a count"
    if unit == "B" and (not written or (written[0].upper() in _AMBIGUOUS and written[1:] in ("", "i", "B"))):
        return _ambiguous_bytes(amount, written)
    for other, form in _UNITS.items():
        scale = form.scales().get(written.replace("FLOPS", "FLOPs"))
        if other != unit and scale is not None:
            return _wrong_unit(amount, _EXACT.multiply(amount, Decimal(scale)), suffix, other, unit)
    if written.lower() in {name.lower() for name in _BYTES} and unit != "B":
        return "it is a number of bytes"
    hint = did_you_mean(written, [name for name in _UNITS[unit].scales() if name])
    return f"{shown(suffix)} is neither a prefix nor the unit{hint or '; ' + _how_to_write(unit)}"


def _ambiguous_bytes(amount: Decimal, written: str) -> str:
    if not written:
        return f"write the unit as well, as in '{_plain(amount, '')} B'"
    powers = _AMBIGUOUS[written[0].upper()]
    sizes = " or ".join(f"'{power}' for {_BYTES[power]:,}" for power in powers)
    return f"{shown(written)} is ambiguous; write {sizes} bytes"


def _wrong_unit(amount: Decimal, value: Decimal, suffix: str, other: str, unit: str) -> str:
    if (other, unit) == ("FLOP", "MAC"):
        macs = _EXACT.divide(value, Decimal(2))
        paper = suffix.replace("FLOP", "MAC").replace("MACS", "MACs")
        return (
            f"1 MAC is 2 FLOPs, so this is {_brief(macs, unit)}; "
            f"if it comes from a paper that calls MACs FLOPs, write '{_plain(amount, '')} {paper}'"
        )
    if (other, unit) == ("MAC", "FLOP"):
        return f"1 MAC is 2 FLOPs, so this is {_brief(_EXACT.multiply(value, Decimal(2)), unit)}"
    if suffix == "B":
        return f"it is a number of bytes; a thousand million is written '{_plain(amount, '')} G'"
    return f"it is a number of {_UNITS[other].noun}"


def _brief(value: Decimal, unit: str) -> str:
    """A converted number without rounding: with the greatest prefix that it exceeds."""
    prefix = [name for name, scale in _DECIMAL.items() if scale <= max(value, Decimal(1))][-1]
    return f"'{_plain(_EXACT.divide(value, Decimal(_DECIMAL[prefix])), '')} {prefix}{_UNITS[unit].plural}'"


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


def _plain(number: Decimal, separator: str = ",") -> str:
    text = f"{number:{separator}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
