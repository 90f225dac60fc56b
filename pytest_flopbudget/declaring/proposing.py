"""Limits by what was counted: which a table should have, and where in it they stand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction

from pytest_flopbudget.counting.deployment import AS_IT_IS
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.metrics import METRICS, unknown_of
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.homes import Home
from pytest_flopbudget.declaring.lines import Path
from pytest_flopbudget.errors import FlopBudgetError
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.quantities import parse_rate, write_exact, write_round

USUAL = ("macs", "params")


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A limit to be written.

    Args:
        file: The file that it belongs in, as places call it.
        path: The keys that lead to it, below the root of our table.
        metric: The metric.
        text: The limit as it is to be written.
        before: As it is written now; None where none is.
        counts: What was counted for each case that it limits, by the case's id.
    """

    file: str
    path: Path
    metric: str
    text: str
    before: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Left:
    """A limit that stays as it is, and why; without a metric the case could not be measured."""

    case: str
    metric: str
    why: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for.

    Args:
        metrics: On which metrics; empty is on those that a case has limits on, else on MACs and parameters.
        headroom: By how much a limit is to be above the count: 1/20 is 5 %.
    """

    metrics: tuple[str, ...] = ()
    headroom: Fraction = Fraction(1, 20)

    def text(self, count: int, unit: str) -> str:
        """The limit for a count: the count itself without headroom, else the next round number."""
        if not self.headroom:
            return write_exact(count, unit)
        return write_round(math.ceil(count * (1 + self.headroom)), unit)


def without_python(proposals: Sequence[Proposal], homes: Mapping[str, Home]) -> tuple[list[Proposal], list[Left]]:
    """The limits that can be written, and those that belong in code, where someone has to write them.

    Args:
        proposals: The limits.
        homes: Where each model stands.
    """
    code = {home.file for home in homes.values() if home.in_python}
    left = [
        Left(
            next(iter(each.counts)), each.metric, f"{each.file} is Python, and is not written: put {each.text!r} there"
        )
        for each in proposals
        if each.file in code
    ]
    return [each for each in proposals if each.file not in code], left


def why_not(limit: Limit) -> str:
    """Why a limit is not to be replaced by what was counted; empty where it may be."""
    if limit.relation == "=":
        return "it is a number that the count must equal"
    if limit.relation == "lock":
        return "the lock has its number"
    if limit.share is not None:
        return "it is a share of another number"
    if parse_rate(limit.source, METRICS[limit.metric].unit):
        return "it is a number for each element"
    return "" if limit.path else "it stands in no table"


def propose(
    chosen: Sequence[Case],
    cases: Sequence[Case],
    homes: Mapping[str, Home],
    wish: Wish,
    measured: Callable[[Case], Measurement],
) -> tuple[list[Proposal], list[Left]]:
    """Limits for some cases, by what is counted for them and for all others that the same written limit holds.

    Args:
        chosen: The cases.
        cases: All cases of the table.
        homes: Where each model stands: models of one template stand in one place.
        wish: What is asked for.
        measured: Counts a case.

    Returns:
        The limits that differ from what is written, and what is left as it is.
    """
    found: dict[Path, Proposal] = {}
    left: list[Left] = []
    missing: dict[tuple[Home, str], None] = {}
    for case in chosen:
        try:
            measurement = measured(case)
        except FlopBudgetError as error:
            left.append(Left(case.id, "", str(error)))
            continue
        for metric in wish.metrics or _limited(case) or USUAL:
            limit = _own(case, metric)
            if why := unknown_of(measurement, metric) or (why_not(limit) if limit else ""):
                left.append(Left(case.id, metric, why))
            elif limit is None:
                missing[homes[case.model], metric] = None
            elif limit.path not in found:
                found[limit.path] = _replaced(limit, cases, wish, measured)
    for home, metric in missing:
        of_home = [case for case in cases if homes[case.model] == home]
        found |= {each.path: each for each in _new(home, metric, of_home, wish, measured)}
    return [each for each in found.values() if each.text != each.before], left


def _limited(case: Case) -> tuple[str, ...]:
    return tuple(dict.fromkeys(limit.metric for limit in case.limits if not limit.subject))


def _own(case: Case, metric: str) -> Limit | None:
    own = (each for each in case.limits if each.metric == metric and not each.subject and each.growth is None)
    return next(own, None)


def _replaced(limit: Limit, cases: Sequence[Case], wish: Wish, measured: Callable[[Case], Measurement]) -> Proposal:
    """The limit in the place of one that is written: the largest count of all cases that this one holds."""
    held = [case for case in cases if (own := _own(case, limit.metric)) is not None and own.path == limit.path]
    counts = _counts(held, limit.metric, measured)
    return Proposal(
        file=limit.place.path,
        path=limit.path,
        metric=limit.metric,
        text=wish.text(max(counts.values()), METRICS[limit.metric].unit),
        before=limit.source,
        counts=counts,
    )


def _new(
    home: Home, metric: str, cases: Sequence[Case], wish: Wish, measured: Callable[[Case], Measurement]
) -> Iterator[Proposal]:
    """A limit for all points where one is enough, else one for each point that has none."""
    unit = METRICS[metric].unit
    without = [case for case in cases if _own(case, metric) is None]
    counts = _counts(without, metric, measured)
    if len(without) == len(cases) and (len({*counts.values()}) == 1 or len({each.point_name for each in cases}) == 1):
        text = wish.text(max(counts.values()), unit)
        yield Proposal(file=home.file, path=(*home.path, metric), metric=metric, text=text, counts=counts)
        return
    for point in dict.fromkeys(case.point_name for case in without):
        of_point = {case.id: counts[case.id] for case in without if case.point_name == point and case.id in counts}
        if not of_point:
            continue
        text = wish.text(max(of_point.values()), unit)
        path = (*home.path, metric, point)
        yield Proposal(file=home.file, path=path, metric=metric, text=text, counts=of_point)


def _counts(cases: Sequence[Case], metric: str, measured: Callable[[Case], Measurement]) -> dict[str, int]:
    """The metric of each case that can be measured; of the others nothing can be held."""
    counts = {}
    for case in cases:
        with suppress(FlopBudgetError):
            counts[case.id] = METRICS[metric].value(measured(case), AS_IT_IS)
    return counts
