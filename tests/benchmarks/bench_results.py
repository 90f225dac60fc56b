"""What the benchmarks found, ready for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench_process import Outcome


@dataclass(frozen=True, slots=True)
class Row:
    """One counter on one model.

    Args:
        counter: Its name.
        seconds: The median of its counts; None where it could not count.
        first: The seconds of the first count in a fresh process, what it imports beyond torch included.
        added: The bytes by which that count's peak is above what the process had before.
        failure: Why it could not count.
    """

    counter: str
    seconds: float | None = None
    first: float | None = None
    added: float | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Aim:
    """One thing that is aimed at.

    Args:
        what: What is measured.
        bound: The bound, in the unit that the format tells.
        measured: What was measured; None where this run did not.
        format: How a number of it is written: ``"{:.1f}×"``.
        at_most: Whether the bound is the largest allowed; else the smallest.
    """

    what: str
    bound: float
    measured: float | None
    format: str
    at_most: bool = True

    @property
    def reached(self) -> bool | None:
        """Whether it is reached; None where it was not measured."""
        if self.measured is None:
            return None
        return self.measured <= self.bound if self.at_most else self.measured >= self.bound


def rows_of(fresh: Mapping[str, Outcome], timed: Outcome) -> list[Row]:
    """The rows of one model: what the counters did in a process each, and side by side.

    Args:
        fresh: What came of each counter's first count.
        timed: The medians of those that could count.
    """
    rows = []
    for counter, outcome in fresh.items():
        median = timed.numbers.get(counter)
        first, added = outcome.numbers.get("seconds"), outcome.numbers.get("added")
        failure = outcome.failure or ("" if median is not None else timed.failure)
        rows.append(Row(counter, median, first, added, failure))
    return rows


def ratio(rows: Mapping[str, Mapping[str, Row]], model: str, counter: str, ours: str) -> float | None:
    """How many times as long a counter takes as ours on a model; None where one of the two has no time."""
    found = rows.get(model, {})
    theirs, own = found.get(counter), found.get(ours)
    if theirs is None or own is None or theirs.seconds is None or not own.seconds:
        return None
    return theirs.seconds / own.seconds
