"""Tables of a Markdown page: of cases, and of what grew in one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.judge import wording
from pytest_flopbudget.judge.changes import ModuleChange
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.quantities import format_exact, format_excess, format_quantity, noun
from pytest_flopbudget.report.headline import told_of
from pytest_flopbudget.report.markdown.code import code
from pytest_flopbudget.report.markdown.fitting import Room, fitting, left_out
from pytest_flopbudget.report.results import NotRun, Reached, Results
from pytest_flopbudget.report.since import since_the_lock
from pytest_flopbudget.report.text import counted

_REASONS = 5
_LONGEST_REASON = 300
_CHANGES = 50
_NUMBERS = ("MACs", "Since the lock", "Before", "After", "Change")
_SYMBOLS = {"fails": "❌", "warns": "⚠️", "kept": "✅", "else": "⚪"}


@dataclass(frozen=True, slots=True)
class Columns:
    """What a table of cases tells beside their ids.

    Args:
        table: Whether an id alone may not say which case it is, so that its table's file is told too.
        lock: Whether there is a lock to have changed since.
    """

    table: bool
    lock: bool

    @classmethod
    def of(cls, results: Results) -> Columns:
        """The columns that a run has something to say in."""
        return cls(results.has_tables, any(verdict.change is not None for verdict in results.verdicts))


def case_table(cases: Sequence[Reached], columns: Columns, room: Room) -> list[str]:
    """A row a case: its status, its id, its cost, what changed, and every reason for the status."""
    names = ["", "Case", "MACs", *(["Since the lock"] if columns.lock else []), "Budget"]
    heading = [_row(names), _row(["---:" if name in _NUMBERS else "---" for name in names])]
    return fitting([_case_row(each, columns) for each in cases], room, "case", heading)


def _case_row(reached: Reached, columns: Columns) -> str:
    verdict = reached.verdict
    name = code(verdict.case)
    if columns.table and reached.table:
        name = f"{code(reached.table)}<br>{name}"
    since = since_the_lock(verdict)
    changed = [code(since) if since else ""] if columns.lock else []
    return _row([f"{symbol(verdict)} {verdict.status}", name, _macs(verdict), *changed, "<br>".join(_told(verdict))])


def symbol(verdict: Verdict) -> str:
    """A sign that is seen before the word is read."""
    word = "fails" if verdict.fails else "warns" if verdict.warns else verdict.status
    return _SYMBOLS.get(word, _SYMBOLS["else"])


def change_table(changes: Sequence[ModuleChange]) -> list[str]:
    """A row a module that changed, the largest growth first."""
    if not changes:
        return []
    names = ["Module", "", "Before", "After", "Change", "Operator"]
    lines = [_row(names), _row(["---:" if name in _NUMBERS else "---" for name in names])]
    return ["", *lines, *map(_change_row, changes[:_CHANGES]), *left_out(len(changes) - _CHANGES, "module")]


def not_run_row(each: NotRun) -> str:
    """A case that did not run, as an item of a list."""
    return f"- {code(each.table)} {code(each.case)}: {code(each.why)}"


def _change_row(change: ModuleChange) -> str:
    path = code(change.path or "(the model itself)")
    operator = code(change.operator, _LONGEST_REASON) if change.operator else ""
    return _row(
        [
            f"{path}<br>was {code(change.was)}" if change.was else path,
            change.fate,
            _number(change.metric, change.before),
            _number(change.metric, change.after),
            format_excess(change.after, change.before) if change.before else "",
            operator,
        ]
    )


def _number(metric: str, value: int) -> str:
    unit = METRICS[metric].unit
    return f"{format_exact(value)} {noun(unit, value)}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _macs(verdict: Verdict) -> str:
    macs = verdict.metrics.get("macs")
    if macs is None:
        return ""
    return wording.about(format_quantity(macs, "MAC"), approximate=verdict.is_approximate("macs"))


def _told(verdict: Verdict) -> Iterator[str]:
    """The reasons, or each limit that is kept; then where the limits stand that are not, and why they are there."""
    reasons = verdict.reasons or wording.kept(verdict.checks)
    yield from (code(reason, _LONGEST_REASON) for reason in reasons[:_REASONS])
    if len(reasons) > _REASONS:
        yield f"and {counted(len(reasons) - _REASONS, 'more reason')}"
    whys = {check.limit.place: check.limit.reason for check in told_of(verdict)[:_REASONS]}
    for place, why in whys.items():
        yield f"limit at {code(str(place))}" + (f": {code(why, _LONGEST_REASON)}" if why else "")
