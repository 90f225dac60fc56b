"""How much a number may grow: ``"1%"`` of what it was, or an amount such as ``"5 M"``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from pytest_flopbudget.errors import QuantityError, shown
from pytest_flopbudget.quantities.reading import parse_percentage, parse_quantity


@dataclass(frozen=True, slots=True)
class Growth:
    """An allowance.

    Args:
        share: The share of the old number.
        amount: The amount, in the number's own unit.
        source: As it is written; empty where nothing is.
    """

    share: Fraction = Fraction(0)
    amount: int = 0
    source: str = ""

    def allowed(self, before: int) -> int:
        """The largest number that is no growth to be told of, shares rounded down."""
        return before + math.floor(self.share * before) + self.amount


def parse_growth(written: object, unit: str | None) -> Growth:
    """The allowance that a text or an integer says.

    Args:
        written: As it stands in a table.
        unit: As for :func:`parse_quantity`; None where it is for numbers of several units, and so a percentage or 0.

    Raises:
        QuantityError: It is neither.
    """
    if isinstance(written, str) and "%" in written:
        return Growth(share=parse_percentage(written.strip()), source=written.strip())
    if unit is None:
        if isinstance(written, int) and not isinstance(written, bool) and not written:
            return Growth(source="0")
        raise QuantityError(
            f"{shown(written)} is no growth of several metrics: write a percentage, as in '1%', or a table by metric, "
            "as in { macs = '5 M' }"
        )
    quantity = parse_quantity(written, unit)
    if quantity.relation == "=":
        raise QuantityError(f"{shown(written)} is no growth: leave the '=' out")
    return Growth(amount=quantity.value, source=str(written).strip())
