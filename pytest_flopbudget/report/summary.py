"""The terminal summary: a row for each case that is not plainly kept, then one line of totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from pytest_flopbudget.counting.measurement import Built, Traced
from pytest_flopbudget.judge import wording
from pytest_flopbudget.judge.breakdown import Share, branches, own_shares
from pytest_flopbudget.judge.dimensions import idle_dimensions
from pytest_flopbudget.judge.tolerance import day_of_now
from pytest_flopbudget.judge.verdicts import Status, Verdict
from pytest_flopbudget.report.since_lock import change_told, notes, unlimited
from pytest_flopbudget.report.text import WIDTH, counted, listed, shortened, wrapped
from pytest_flopbudget.report.tolerated import slack_note, tolerance_notes
from pytest_flopbudget.report.where import share_rows

Colour = Literal["red", "yellow", "green"]

_ORDER: tuple[Status, ...] = get_args(Status)
_STATUS_COLUMN = 12
_LONGEST_ID = 30
_REASONS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the summary and its colour; None leaves it plain."""

    text: str
    colour: Colour | None = None


def summary(
    groups: Mapping[str, Sequence[Verdict]], verbosity: int, width: int = WIDTH, *, today: date | None = None
) -> list[Line]:
    """The lines of the terminal summary, the rows of each group below its name where there are several groups.

    Args:
        groups: Verdicts by the file of their table, in the order in which they were reached.
        verbosity: pytest's: below 0 all is silent when all is well, 1 shows every case and how it was traced where
            that is of note, 2 its modules too.
        width: In columns.
        today: The day of the run; None is today.
    """
    verdicts = [verdict for group in groups.values() for verdict in group]
    if not verdicts or (verbosity < 0 and not any(verdict.fails or verdict.warns for verdict in verdicts)):
        return []
    lines: list[Line] = []
    for name, group in groups.items():
        rows = [*_rows(group, verbosity, width), *(_notes(group, width) if verbosity >= 0 else ())]
        lines += [Line(f"{name}:"), *rows] if rows and len(groups) > 1 else rows
    lines += [Line(text, "yellow") for text in _tolerated(verdicts, today or day_of_now(), width)]
    spare = slack_note(verdicts) if verbosity > 1 else ""
    return [*lines, *(map(Line, _noted("hint", spare, width)) if spare else ()), *_totals(verdicts, width)]


def _tolerated(verdicts: Sequence[Verdict], today: date, width: int) -> list[str]:
    return [line for text in tolerance_notes(verdicts, today) for line in _noted("tolerated", text, width)]


def _noted(word: str, text: str, width: int) -> list[str]:
    return wrapped(text, f"{word:<{_STATUS_COLUMN}}", " " * _STATUS_COLUMN, width)


def _rows(verdicts: Sequence[Verdict], verbosity: int, width: int) -> list[Line]:
    told = [verdict for verdict in verdicts if verbosity > 0 or verdict.status != "kept"]
    column = max((len(verdict.case) for verdict in told if len(verdict.case) <= _LONGEST_ID), default=0)
    changes = [change_told(verdict) if verbosity > 0 else "" for verdict in told]
    broadest = max(map(len, changes), default=0)
    lines: list[Line] = []
    for verdict, change in zip(told, changes, strict=True):
        reasons = (*_told(verdict), *verdict.notes) if verbosity > 0 else _first(_told(verdict))
        lines += _row(verdict, column, width, reasons, f"{change:<{broadest}}")
        if verbosity > 1:
            lines += [Line(row) for row in _modules(verdict, width)]
    return lines


def _row(verdict: Verdict, column: int, width: int, reasons: Sequence[str], change: str) -> list[Line]:
    """A case's lines; the column of what changed since the lock stands behind its id, where any case has one."""
    start = f"{verdict.status:<{_STATUS_COLUMN}}"
    change = f"  {change}" if change else ""
    name = shortened(verdict.case, width - _STATUS_COLUMN)
    indent = " " * (_STATUS_COLUMN + column + len(change) + 2)
    if len(name) <= column:
        texts = [line for reason in reasons for line in wrapped(reason, indent, indent, width)]
        first, *rest = texts or [indent]
        rows = [f"{start}{name:<{column}}{change}  {first[len(indent) :]}".rstrip(), *rest]
    else:
        indent = " " * (_STATUS_COLUMN + 2)
        rows = [
            f"{start}{name}{change}".rstrip(),
            *(line for reason in reasons for line in wrapped(reason, indent, indent, width)),
        ]
    return [Line(row, _colour(verdict)) for row in rows]


def _told(verdict: Verdict) -> tuple[str, ...]:
    if not verdict.reasons:
        return tuple(wording.kept(verdict.checks)) or (unlimited(verdict) if verdict.change else ())
    together = wording.together(verdict.checks)
    reasons = [told for reason in verdict.reasons if (told := together.get(reason, reason))]
    return tuple(f"{reason} (warning)" if verdict.warns and not verdict.fails else reason for reason in reasons)


def _first(reasons: Sequence[str]) -> Sequence[str]:
    """The weightiest reasons; a limit on every module of a model may be exceeded by many."""
    more = len(reasons) - _REASONS
    return (*reasons[:_REASONS], f"and {counted(more, 'more reason')}") if more > 0 else reasons


def _modules(verdict: Verdict, width: int) -> list[str]:
    rows = [Share("  " * branch.depth + branch.name, branch.macs) for branch in branches(verdict.modules)]
    if verdict.kind == "region":
        # A model's own cost is among what it has below it; a region has no model around what no module ran.
        rows += [share for share in own_shares(verdict.modules, "macs") if not share.path]
    indent = " " * _STATUS_COLUMN
    if not rows:
        return []
    return [indent + row for row in share_rows(verdict, rows, "macs", width - _STATUS_COLUMN)]


def _notes(verdicts: Sequence[Verdict], width: int) -> list[Line]:
    """What is to be told of several cases together."""
    idle = (
        f"{each.model} costs the same at {each.dimension} = {listed(map(str, each.sizes))}: does it resize its input "
        "inside?"
        for each in idle_dimensions(verdicts)
    )
    return [Line(line) for note in (*idle, *notes(verdicts)) for line in _noted("note", note, width)]


def _totals(verdicts: Sequence[Verdict], width: int) -> list[Line]:
    told = _tally((verdict.status for verdict in verdicts), _ORDER)
    text = f"{counted(len(verdicts), 'case')}: {told}."
    traced = _tally((verdict.traced for verdict in verdicts if verdict.traced), get_args(Traced))
    built = _tally((verdict.built for verdict in verdicts if verdict.built), get_args(Built))
    text += f" Traced: {traced}; built: {built}." if traced else ""
    if any(verdict.traced == "thop" for verdict in verdicts):
        text += " thop sees functional operators in part or not at all."
    worst = max((_colour(verdict) for verdict in verdicts), key=["green", "yellow", "red"].index)
    return [Line(line, worst) for line in wrapped(text, "", "  ", width)]


def _tally(words: Iterable[str], order: Sequence[str]) -> str:
    numbers = Counter(words)
    return ", ".join(f"{numbers[word]:,} {word}" for word in order if word in numbers)


def _colour(verdict: Verdict) -> Colour:
    if verdict.fails:
        return "red"
    return "green" if verdict.status == "kept" else "yellow"
