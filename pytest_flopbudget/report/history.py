"""A course of cost over time as text: case by case, a line a commit that changed it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol, TypedDict

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.quantities import format_exact, format_excess, format_quantity
from pytest_flopbudget.report.harmless import visible
from pytest_flopbudget.report.results import Moment
from pytest_flopbudget.report.text import WIDTH, shortened


class AtCommit(Protocol):
    """What is told of a lock at one commit."""

    @property
    def commit(self) -> str: ...  # noqa: D102
    @property
    def short(self) -> str: ...  # noqa: D102
    @property
    def day(self) -> date: ...  # noqa: D102
    @property
    def author(self) -> str: ...  # noqa: D102
    @property
    def subject(self) -> str: ...  # noqa: D102
    @property
    def conventions(self) -> int: ...  # noqa: D102
    @property
    def counts(self) -> Mapping[str, Mapping[str, int]]: ...  # noqa: D102
    @property
    def problem(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Step:
    """A case's count at a commit that changed it.

    Args:
        at: The commit.
        value: The count, in the metric's unit; None where the case was taken out.
        before: The one before; None where there is none, or none by the same conventions.
    """

    at: AtCommit
    value: int | None
    before: int | None


class StepRecord(TypedDict):
    """A step as basic types: ``value`` and ``before`` are in the metric's unit, or None."""

    commit: str
    day: str
    author: str
    subject: str
    conventions: int
    value: int | None
    before: int | None


class CourseRecord(TypedDict):
    """What became of one metric of a case, the earliest step first; ``metric`` is ``"arena_bytes@nucleo"`` too."""

    id: str
    metric: str
    steps: list[StepRecord]


class HistoryRecord(TypedDict):
    """What ``flopbudget history --json`` prints: the courses by the file of their lock."""

    schema_version: Literal[1]
    locks: dict[str, list[CourseRecord]]


def steps(recorded: Sequence[AtCommit], case: str, metric: str = "macs") -> list[Step]:
    """The commits that changed a case's count, the earliest first; those whose lock cannot be read are passed over.

    Args:
        recorded: The lock at each commit, the latest first.
        case: The case's id.
        metric: The metric's name as the lock has it.
    """
    found: list[Step] = []
    last: int | None = None
    conventions = 0
    for at in reversed(recorded):
        if at.problem:
            continue
        value = at.counts.get(case, {}).get(metric)
        if value != last or (value is not None and at.conventions != conventions and conventions):
            found.append(Step(at, value, last if at.conventions == conventions else None))
        last, conventions = value, at.conventions
    return found


def moments(recorded: Sequence[AtCommit], case: str) -> tuple[Moment, ...]:
    """What a case cost in MACs at the commits that changed it, the earliest first, as one line can draw it.

    Numbers by other conventions than today's are on no line with these, and are left out.

    Args:
        recorded: The lock at each commit, the latest first.
        case: The case's id.
    """
    return tuple(
        Moment(step.at.short, step.at.subject, step.value)
        for step in steps(recorded, case)
        if step.value is not None and step.at.conventions == CONVENTIONS
    )


def history_record(recorded: Sequence[AtCommit]) -> list[CourseRecord]:
    """The course of every metric of every case, sorted by the case; those of a commit in whole names.

    Args:
        recorded: The lock at each commit, the latest first.
    """
    metrics: dict[str, dict[str, None]] = {}
    for at in recorded:
        for case, counts in at.counts.items():
            metrics.setdefault(case, {}).update(dict.fromkeys(counts))
    return [
        {"id": case, "metric": metric, "steps": list(map(_step, steps(recorded, case, metric)))}
        for case in sorted(metrics)
        for metric in metrics[case]
    ]


def _step(step: Step) -> StepRecord:
    return {
        "commit": step.at.commit,
        "day": step.at.day.isoformat(),
        "author": step.at.author,
        "subject": step.at.subject,
        "conventions": step.at.conventions,
        "value": step.value,
        "before": step.before,
    }


def history_lines(recorded: Sequence[AtCommit], width: int = WIDTH) -> list[str]:
    """A table for each case: commit, day, MACs, by how much they changed, and what the commit says.

    Args:
        recorded: The lock at each commit, the latest first.
        width: In columns.
    """
    cases = dict.fromkeys(case for at in recorded for case in at.counts)
    lines = [line for case in sorted(cases) for line in _table(recorded, case, width)]
    return [*lines, *(shortened(f"{at.short}  {at.problem}", width) for at in recorded if at.problem)]


def _table(recorded: Sequence[AtCommit], case: str, width: int) -> Iterator[str]:
    known = next(at.counts[case] for at in recorded if case in at.counts)
    metric = "macs" if "macs" in known else next(iter(known), "macs")
    yield f"{case} ({metric})"
    told = steps(recorded, case, metric)[::-1]
    numbers = [_numbers(step, metric) for step in told]
    counts, changes = (max((len(pair[at]) for pair in numbers), default=0) for at in (0, 1))
    for step, (count, change) in zip(told, numbers, strict=True):
        start = f"  {step.at.short}  {step.at.day}  {count:>{counts}}  {change:>{changes}}  "
        yield start + shortened(visible(f"{step.at.subject} ({step.at.author})"), max(width - len(start), 20))


def _numbers(step: Step, metric: str) -> tuple[str, str]:
    if step.value is None:
        return "taken out", ""
    change = "" if step.before is None else format_excess(step.value, step.before)
    # A lock may have been written by a version that knows more.
    known = METRICS.get(metric.partition("@")[0])
    return format_quantity(step.value, known.unit, 6) if known else format_exact(step.value), change
