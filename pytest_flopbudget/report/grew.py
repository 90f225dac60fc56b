"""What grew since the lock: the modules whose own cost changed, the largest growth first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.judge.breakdown import column_of
from pytest_flopbudget.judge.changes import ModuleChange
from pytest_flopbudget.judge.verdicts import Check, Verdict
from pytest_flopbudget.quantities import format_exact, format_excess, noun
from pytest_flopbudget.report.text import WIDTH, counted, shortened, wrapped
from pytest_flopbudget.report.where import root_of

_TOLD = 5
_INDENT = "      "


def what_grew(verdict: Verdict, missed: Sequence[Check]) -> list[list[str]]:
    """A table for each metric that a verdict is about and that some module cost more of than under the lock.

    Args:
        verdict: A verdict.
        missed: The limits that are not kept.
    """
    limited = (check.limit.metric for check in missed if not METRICS[check.limit.metric].is_of_memory)
    grown = (metric for metric, number in verdict.locked.items() if verdict.metrics.get(metric, number) > number)
    columns = dict.fromkeys(_column(metric) for metric in (*limited, *grown) if metric in METRICS)
    told = [(metric, [each for each in verdict.changes if each.metric == metric]) for metric in columns]
    return [
        change_rows(changes, f"What grew since the lock, in {noun(METRICS[metric].unit)}", root_of(verdict))
        for metric, changes in told
        if any(change.growth > 0 for change in changes)
    ]


def change_rows(
    changes: Sequence[ModuleChange], heading: str, root: str, number: int = _TOLD, width: int = WIDTH
) -> list[str]:
    """A heading and the first few changes of one metric, each with what changed of its operator on a line below.

    Args:
        changes: The changes, the largest growth first.
        heading: What stands above.
        root: What is told of a module's path where that is empty.
        number: How many are told.
        width: In columns.
    """
    told = changes[:number]
    which = f", the first {number} of {counted(len(changes), 'change')}" if len(changes) > number else ""
    growths = [_signed(change.growth) for change in told]
    whys = [_why(change) for change in told]
    digits, longest = max(map(len, growths), default=0), max(map(len, whys), default=0)
    room = max(width - 2 - 2 - digits - 2 - longest, 12)
    paths = [shortened(change.path or f"({root})", room) for change in told]
    column = max(map(len, paths), default=0)
    lines = [f"{heading}{which}:"]
    for change, path, growth, why in zip(told, paths, growths, whys, strict=True):
        lines.append(f"  {path:<{column}}  {growth:>{digits}}  {why}")
        lines += wrapped(change.operator, _INDENT, _INDENT, width) if change.operator else []
    return lines


def grown_first(changes: Iterable[ModuleChange], metric: str) -> list[ModuleChange]:
    """The changes of one metric, or of the one by which the modules tell where it goes, what only moved last.

    Where nothing grew, the largest loss stands first.
    """
    column = _column(metric)
    found = [each for each in changes if each.metric == column]
    grew = any(each.growth > 0 for each in found)
    return sorted(found, key=lambda each: (each.fate == "moved", 0 if grew else each.growth))


def _column(metric: str) -> str:
    """The metric that a lock's modules have and by which they tell where another one goes."""
    column = column_of(metric)
    return "macs" if column == "total_flops" else column


def _signed(growth: int) -> str:
    return f"+{format_exact(growth)}" if growth > 0 else format_exact(growth)


def _why(change: ModuleChange) -> str:
    if change.fate == "moved":
        return f"moved from {change.was}"
    if change.fate in {"new", "removed"}:
        return change.fate
    was = f", {change.was} before" if change.was else ""
    return f"from {format_exact(change.before)} ({format_excess(change.after, change.before)}){was}"
