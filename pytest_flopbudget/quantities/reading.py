"""Exact numbers from texts as people write them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction
from typing import Literal

from pytest_flopbudget.errors import QuantityError, did_you_mean, shown
from pytest_flopbudget.quantities.units import BYTES, DECIMAL, UNITS, plain

_AMBIGUOUS = {"K": ("kB", "KiB"), "M": ("MB", "MiB"), "G": ("GB", "GiB")}

_NUMBER = r"[+-]?\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?(?:[eE][+-]?\d+)?"
_QUANTITY = re.compile(rf"\s*(=?)\s*({_NUMBER})\s*(.*?)\s*", re.ASCII | re.DOTALL)
_PERCENTAGE = re.compile(rf"\s*({_NUMBER})\s*%\s*", re.ASCII)

# Enough for any count; what needs more digits is a slip of the pen, and would cost memory.
_DIGITS = 100
_EXACT = Context(prec=4 * _DIGITS)
_GREAT = Decimal("1e999")
_FLOAT_EXACT_BELOW = 2**53

Relation = Literal["<=", "=", "lock"]


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
    relation: Relation = "<="


def parse_quantity(written: object, unit: str) -> Quantity:
    """The exact number that a text, an integer or a whole float of a table says.

    Args:
        written: Such as ``"4.2 GMACs"``, ``"= 1.32 G"``, ``600_000`` or ``4e9``.
        unit: One of ``UNITS``: ``"MAC"``, ``"FLOP"``, ``"param"``, ``"element"``, ``"B"`` for bytes, ``"MAC/s"``,
            ``"µs"`` or ``"Hz"``.

    Raises:
        QuantityError: It is no such number; the message says why, and how one is written.
    """
    try:
        if isinstance(written, str):
            return _quantity(parse_text(written, unit))
        if isinstance(written, (int, float)) and not isinstance(written, bool):
            return Quantity(whole(_finite(written, unit)))
        raise QuantityError(_how_to_write(unit))
    except QuantityError as error:
        raise QuantityError(f"{shown(written)} is no number of {UNITS[unit].noun}: {error}") from None


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


@dataclass(frozen=True, slots=True)
class Written:
    """What a text says of a number: its exact value, the unit of its last digit, and its relation."""

    value: Decimal
    step: Fraction
    relation: Relation


def parse_text(text: str, unit: str) -> Written:
    """The number of a text, whole or not.

    Raises:
        QuantityError: It is no such number; the message says why, but not of what text.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise QuantityError(_how_to_write(unit))
    equals, number, suffix = match.groups()
    amount = _decimal(number)
    scale = UNITS[unit].scales().get(re.sub(r"\s+", "", suffix))
    if scale is None:
        raise QuantityError(_wrong_suffix(amount, suffix, unit))
    last_digit = Fraction(10) ** int(amount.as_tuple().exponent) * scale
    return Written(_EXACT.multiply(amount, Decimal(scale)), last_digit, "=" if equals else "<=")


def _quantity(written: Written) -> Quantity:
    value = whole(written.value)
    return Quantity(value, max(1, math.floor(written.step)), "=") if written.relation == "=" else Quantity(value)


def _decimal(number: str) -> Decimal:
    digits = number.replace("_", "")
    try:
        amount = Decimal(digits) if len(digits) <= _DIGITS else _GREAT
    except InvalidOperation:
        # An exponent of twenty digits is one to no decimal.
        amount = _GREAT
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


def whole(amount: Decimal) -> int:
    """A number that must be whole.

    Raises:
        QuantityError: It is not.
    """
    value = int(amount)
    if value != amount:
        raise QuantityError(f"{plain(amount)} is no whole number")
    return value


def _how_to_write(unit: str) -> str:
    form = UNITS[unit]
    if form.needs_unit:
        return f"write a number and its unit ({' '.join(form.scales())}), as in '{form.example}'"
    prefixes = " ".join(filter(None, form.prefixes))
    return f"write a number, with a prefix ({prefixes}) and the unit if need be, as in '{form.example}'"


def _wrong_suffix(amount: Decimal, suffix: str, unit: str) -> str:
    written = re.sub(r"\s+", "", suffix)
    if re.search(r"/|\bper\b.*s(ec|$)|(MAC|FLOP|B)ps$", suffix):
        return "it is no rate of MACs" if unit == "MAC/s" else "it is a rate, and a limit is on a count"
    if unit == "B" and (not written or (written[0].upper() in _AMBIGUOUS and written[1:] in ("", "i", "B"))):
        return _ambiguous_bytes(amount, written)
    if UNITS[unit].needs_unit and written in DECIMAL:
        return _how_to_write(unit)
    for other, form in UNITS.items():
        scale = form.scales().get(written.replace("FLOPS", "FLOPs"))
        if other != unit and scale is not None:
            return _wrong_unit(amount, _EXACT.multiply(amount, Decimal(scale)), suffix, other, unit)
    if written.lower() in {name.lower() for name in BYTES} and unit != "B":
        return "it is a number of bytes"
    hint = did_you_mean(written, [name for name in UNITS[unit].scales() if name])
    return f"{shown(suffix)} is neither a prefix nor the unit{hint or '; ' + _how_to_write(unit)}"


def _ambiguous_bytes(amount: Decimal, written: str) -> str:
    if not written:
        return f"write the unit as well, as in '{plain(amount, '')} B'"
    powers = _AMBIGUOUS[written[0].upper()]
    sizes = " or ".join(f"'{power}' for {BYTES[power]:,}" for power in powers)
    return f"{shown(written)} is ambiguous; write {sizes} bytes"


def _wrong_unit(amount: Decimal, value: Decimal, suffix: str, other: str, unit: str) -> str:
    if (other, unit) == ("FLOP", "MAC"):
        macs = _EXACT.divide(value, Decimal(2))
        paper = suffix.replace("FLOP", "MAC").replace("MACS", "MACs")
        return (
            f"1 MAC is 2 FLOPs, so this is {_brief(macs, unit)}; "
            f"if it comes from a paper that calls MACs FLOPs, write '{plain(amount, '')} {paper}'"
        )
    if (other, unit) == ("MAC", "FLOP"):
        return f"1 MAC is 2 FLOPs, so this is {_brief(_EXACT.multiply(value, Decimal(2)), unit)}"
    if suffix == "B":
        return f"it is a number of bytes; a thousand million is written '{plain(amount, '')} G'"
    return f"it is a number of {UNITS[other].noun}"


def _brief(value: Decimal, unit: str) -> str:
    """A converted number without rounding: with the greatest prefix that it exceeds."""
    scales = UNITS[unit].prefixes
    prefix = [name for name, scale in scales.items() if scale <= max(value, Decimal(1))][-1]
    return f"'{plain(_EXACT.divide(value, Decimal(scales[prefix])), '')} {prefix}{UNITS[unit].plural}'"
