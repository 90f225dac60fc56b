"""A limit, and whether a count keeps it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from pytest_flopbudget.errors import Place
from pytest_flopbudget.quantities import Growth, Rate, Relation


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """What a metric of a subject may be.

    A limit that is relative has a ``value`` of 0 until what it is relative to is known: no count but 0 keeps it.

    Args:
        subject: ``""`` for the case itself, else a module pattern in it.
        metric: A metric's name, such as ``"macs"``.
        relation: ``"<="``, ``"="`` for a published number, or ``"lock"`` for what the lock has, whose number is not the
            limit's own: what is to be said of it is said against the lock.
        value: The limit, in the metric's unit.
        step: For ``"="``, the unit of the last digit written: ``"= 1.32 G"`` has 10_000_000.
        place: Where it stands.
        source: The limit as it is written there.
        reason: The user's own words on it.
        share: The share of another number that the limit is; None where it is a number of its own.
        of: The declared model, or the case of it, that ``share`` refers to; ``""`` is the case itself.
        rate: What is still to be multiplied by the sizes of a point; None once it was.
        path: The keys that lead to it in its table; empty where it is in none.
        growth: Of ``"lock"``, by how much the count may exceed the lock's; None leaves that to the case.
        is_derived: Whether ``source`` says where the value comes from, and not how it is written.
        target: The target whose limit it is, and by whose deployment bytes are told; ``""`` is the case's own.
    """

    metric: str
    value: int
    place: Place
    source: str
    subject: str = ""
    relation: Relation = "<="
    step: int = 1
    reason: str | None = None
    share: Fraction | None = None
    of: str = ""
    rate: Rate | None = None
    target: str = ""
    is_derived: bool = False
    growth: Growth | None = None
    path: tuple[str | int, ...] = field(default=(), compare=False)

    @property
    def slot(self) -> tuple[str, str, bool]:
        """What it limits: limits with the same slot replace each other, and an allowance stands beside a number."""
        return self.subject, self.metric, self.growth is not None

    @property
    def name(self) -> str:
        """The metric, and the target whose limit it is: ``"arena_bytes@nucleo"``."""
        return f"{self.metric}@{self.target}" if self.target else self.metric

    def at(self, sizes: Mapping[str, int]) -> Limit:
        """The limit at a point, its rate multiplied by the sizes.

        Raises:
            KeyError: The point has no dimension of the rate.
        """
        if self.rate is None:
            return self
        quantity = self.rate.times(sizes)
        return replace(self, value=quantity.value, step=quantity.step, rate=None)

    def from_base(self, base: int) -> Limit:
        """The limit as its share of a number, rounded down; a limit that is no share is as it was."""
        return self if self.share is None else replace(self, value=math.floor(self.share * base))

    def kept(self, measured: int) -> bool:
        """Whether a count keeps the limit; one equal to it does.

        Under ``"="`` a count keeps it that rounds to the digits written, a half either way.
        """
        if self.relation == "<=":
            return measured <= self.value
        return abs(measured - self.value) <= self._rounding

    @property
    def highest(self) -> Fraction:
        """The most that keeps the limit: under ``"="`` what still rounds to it."""
        return self.value + (Fraction(0) if self.relation == "<=" else self._rounding)

    @property
    def _rounding(self) -> Fraction:
        return Fraction(self.step if self.step > 1 else 0, 2)
