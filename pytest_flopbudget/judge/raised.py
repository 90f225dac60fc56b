"""Limits that were raised or dropped between two tables: whoever reviews a change must see these first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pytest_flopbudget.judge.limits import Limit

Loosening = Literal["raised", "dropped", "rewritten"]


@dataclass(frozen=True, slots=True)
class Raise:
    """A limit that is looser than it was, or may be.

    Args:
        case: The case's id.
        kind: It was raised; it is gone; or it is written so that the two cannot be compared, as a number and a share.
        before: The limit as it was.
        after: As it is now; None where it is gone.
    """

    case: str
    kind: Loosening
    before: Limit
    after: Limit | None

    @property
    def reason(self) -> str:
        """The reason for it: that of the limit as it is now, if it is another than before."""
        now = None if self.after is None else self.after.reason
        return now if now and now != self.before.reason else ""


def raised(before: Mapping[str, Sequence[Limit]], after: Mapping[str, Sequence[Limit]]) -> list[Raise]:
    """Every limit that was loosened, in the order of the cases as they are now; cases that are gone have none.

    Args:
        before: The limits by the case's id, those of its targets too, as they were.
        after: As they are.
    """
    return [each for case, limits in after.items() for each in _of_case(case, before.get(case, ()), limits)]


def _of_case(case: str, before: Sequence[Limit], after: Sequence[Limit]) -> Iterator[Raise]:
    now = {_slot(limit): limit for limit in after}
    # A report has a module's limit once for each module that it goes for.
    for was in {_slot(limit): limit for limit in before}.values():
        limit = now.get(_slot(was))
        if limit is None:
            yield Raise(case, "dropped", was, None)
            continue
        (what_was, number_was), (what, number) = _number(was), _number(limit)
        if what_was != what:
            yield Raise(case, "rewritten", was, limit)
        elif number > number_was:
            yield Raise(case, "raised", was, limit)


def _slot(limit: Limit) -> tuple[str, str, bool]:
    """What a limit limits."""
    return limit.subject, limit.name, limit.growth is not None


def _number(limit: Limit) -> tuple[str, Fraction]:
    """What a limit is a number of, and the most that it may be."""
    if limit.share is not None:
        return f"share of {limit.of}", limit.share
    if limit.growth is not None:
        is_share = limit.growth.share > 0
        return "share of the lock" if is_share else "growth", limit.growth.share or Fraction(limit.growth.amount)
    return "lock" if limit.relation == "lock" else "number", limit.highest
