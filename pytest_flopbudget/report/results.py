"""What a run has come to, as every report is given it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import get_args

from pytest_flopbudget.errors import Mistake, Place
from pytest_flopbudget.judge.verdicts import Status, Verdict

_WORST_FIRST: tuple[Status, ...] = get_args(Status)
_ENDLESS = Fraction(10**30)


@dataclass(frozen=True, slots=True)
class Moment:
    """A commit that changed a case's entry in its lock.

    Args:
        commit: Its short name.
        subject: The first line of its message.
        macs: What the case costs from then on, in MACs.
    """

    commit: str
    subject: str
    macs: int


@dataclass(frozen=True, slots=True)
class Reached:
    """A verdict, and what is known of its case besides.

    Args:
        table: The file of the table that counts for it, relative to where pytest was called; ``""`` without one.
        verdict: The verdict.
        moments: What the case cost at the commits that changed its lock, the oldest first; left empty for reports that
            do not tell it.
    """

    table: str
    verdict: Verdict
    moments: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True)
class NotRun:
    """A declared case that did not run.

    Args:
        table: Its table's file, relative to where pytest was called.
        case: Its id.
        place: Where it stands.
        why: Why, in a few words.
    """

    table: str
    case: str
    place: Place
    why: str


@dataclass(frozen=True, slots=True)
class Results:
    """All that a run has come to, in an order that does not depend on which case came first.

    Args:
        reached: Sorted by table and id.
        not_run: The declared cases that did not run, sorted likewise.
        mistakes: Those of each table that has any, by its file: its cases are not known.
    """

    reached: tuple[Reached, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    mistakes: Mapping[str, tuple[Mistake, ...]] = field(default_factory=dict)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts alone, sorted by table and id."""
        return tuple(each.verdict for each in self.reached)

    @property
    def has_tables(self) -> bool:
        """Whether cases of several tables are in it, so that an id alone may not say which case it is."""
        return len({each.table for each in self.reached}) > 1


def results(
    reached: Iterable[Reached],
    not_run: Iterable[NotRun] = (),
    mistakes: Mapping[str, tuple[Mistake, ...]] = {},
) -> Results:
    """The results of a run, sorted."""
    return Results(
        tuple(sorted(reached, key=lambda each: (each.table, each.verdict.case, each.verdict.place.line))),
        tuple(sorted(not_run, key=lambda each: (each.table, each.case))),
        dict(sorted(mistakes.items())),
    )


def worst_first(reached: Iterable[Reached]) -> list[Reached]:
    """What fails, then what warns, then all else: each by its status, and the one furthest over its limit first."""
    return sorted(reached, key=lambda each: (*_badness(each.verdict), each.table, each.verdict.case))


def _badness(verdict: Verdict) -> tuple[bool, bool, int, Fraction]:
    excess = max((_excess(check.measured, check.limit.value) for check in verdict.checks), default=Fraction(0))
    return not verdict.fails, not verdict.warns, _WORST_FIRST.index(verdict.status), -excess


def _excess(measured: int, limit: int) -> Fraction:
    """A count as a share of its limit; of one that is 0, more than any other."""
    return Fraction(measured, limit) if limit else _ENDLESS * measured
