"""A limit, and whether a count keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pytest_flopbudget.errors import Place

Relation = Literal["<=", "="]


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """What a metric of a subject may be.

    Args:
        subject: ``""`` for the case itself, else a module pattern in it.
        metric: A metric's name, such as ``"macs"``.
        relation: ``"<="``, or ``"="`` for a published number.
        value: The limit, in the metric's unit.
        step: For ``"="``, the unit of the last digit written: ``"= 1.32 G"`` has 10_000_000.
        place: Where it stands.
        source: The limit as it is written there.
        reason: The user's own words on it.
    """

    metric: str
    value: int
    place: Place
    source: str
    subject: str = ""
    relation: Relation = "<="
    step: int = 1
    reason: str | None = None

    def kept(self, measured: int) -> bool:
        """Whether a count keeps the limit; one equal to it does.

        Under ``"="`` a count keeps it that rounds to the digits written, a half either way.
        """
        if self.relation == "<=":
            return measured <= self.value
        return 2 * abs(measured - self.value) <= (self.step if self.step > 1 else 0)
