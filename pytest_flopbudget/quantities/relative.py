"""Numbers that are relative to something: ``"25% of teacher"``, ``"82 k per R*R"``."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from pytest_flopbudget.errors import QuantityError, shown
from pytest_flopbudget.quantities.reading import Quantity, Relation, parse_percentage, parse_text, whole
from pytest_flopbudget.quantities.units import UNITS

_RATE = re.compile(r"(.*\S)\s+per\s+(.*?)\s*", re.DOTALL)
_TIME = re.compile(r"s|[mun]s|(?:sec|second|minute|hour)s?|min|h")
_DIMENSION = re.compile(r"[A-Z][A-Z_]*")
_HOW_TO_DIVIDE = "write dimensions behind 'per', as in 'per R*R'"


@dataclass(frozen=True, slots=True)
class Share:
    """A share of another number: exact, and of which declared model; ``""`` is the case itself."""

    share: Fraction
    of: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """A number for each element of a product of named dimensions.

    Args:
        value: What is multiplied, in the unit that was asked for.
        step: The unit of the last digit written.
        relation: ``"<="``, or ``"="`` where the text begins with it.
        per: The dimensions; one that stands twice is multiplied twice.
    """

    value: Fraction
    step: Fraction
    relation: Relation
    per: tuple[str, ...]

    def times(self, sizes: Mapping[str, int]) -> Quantity:
        """The number at a point, rounded down.

        Raises:
            KeyError: The point has no such dimension.
        """
        product = math.prod(sizes[dim] for dim in self.per)
        step = max(1, math.floor(self.step * product)) if self.relation == "=" else 1
        return Quantity(math.floor(self.value * product), step, self.relation)


def parse_share(written: object) -> Share | None:
    """The share that a text with a percent sign says, such as ``"20%"`` or ``"25% of teacher"``; None for any other.

    Raises:
        QuantityError: There is a percent sign, and yet it is no share.
    """
    if not isinstance(written, str) or "%" not in written:
        return None
    number, _, rest = written.partition("%")
    word, _, of = rest.strip().partition(" ")
    if word not in ("", "of") or (word and not of.strip()):
        raise QuantityError(f"{shown(written)} is no share: write '20%', or '25% of teacher' with the model's name")
    return Share(parse_percentage(f"{number}%"), of.strip())


def parse_rate(written: object, unit: str) -> Rate | None:
    """The number for each element that a text such as ``"82 k per R*R"`` says; None for one without ``per``.

    A number per second is none of these: no count is one.

    Args:
        written: As it stands in a table.
        unit: As for :func:`parse_quantity`.

    Raises:
        QuantityError: It says ``per``, and yet is no such number.
    """
    match = _RATE.fullmatch(written) if isinstance(written, str) else None
    if match is None or _TIME.fullmatch(match[2]):
        return None
    try:
        return _rate(match[1], match[2], unit)
    except QuantityError as error:
        raise QuantityError(f"{shown(written)} is no number of {UNITS[unit].noun}: {error}") from None


def _rate(number: str, dims: str, unit: str) -> Rate:
    per = tuple(dim.strip() for dim in dims.split("*"))
    for dim in per:
        if not _DIMENSION.fullmatch(dim):
            is_small = _DIMENSION.fullmatch(dim.upper())
            hint = f"{shown(dim)} is no dimension; did you mean {dim.upper()!r}?" if is_small else _HOW_TO_DIVIDE
            raise QuantityError(hint)
    read = parse_text(number, unit)
    if read.relation == "=":
        # What a count must round to is a whole number at every point.
        whole(read.value)
    return Rate(Fraction(read.value), read.step, read.relation, per)
