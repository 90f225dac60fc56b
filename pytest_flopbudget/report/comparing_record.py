"""Two states of a table side by side as basic types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict

from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.past import Compared, Comparison, Past
from pytest_flopbudget.judge.raised import Loosening, Raise
from pytest_flopbudget.report.change_record import ModuleChangeRecord, of_change
from pytest_flopbudget.report.limit_record import PlaceRecord, of_place


class NumberRecord(TypedDict):
    """A metric at both times, in its unit; ``name`` is ``"arena_bytes@nucleo"`` for that of a target."""

    name: str
    before: int
    after: int


class ChangedRecord(TypedDict):
    """A case whose counts are others, and the modules that changed."""

    id: str
    metrics: list[NumberRecord]
    modules: list[ModuleChangeRecord]


class WrittenRecord(TypedDict):
    """A limit in its metric's unit, as it is written, and where."""

    limit: int
    source: str
    place: PlaceRecord


class RaiseRecord(TypedDict):
    """A limit that is looser than it was, or may be; ``after`` is None where it is gone, ``reason`` is a new one."""

    id: str
    kind: Loosening
    metric: str
    subject: str
    target: str
    before: WrittenRecord
    after: WrittenRecord | None
    reason: str


class ComparedRecord(TypedDict):
    """All that there is to tell of a table; ``table`` is empty where two files of one table each are compared."""

    table: str
    before: str
    after: str
    notes: list[str]
    raised: list[RaiseRecord]
    changed: list[ChangedRecord]
    same: list[str]
    new: list[str]
    gone: list[str]


class ComparisonsRecord(TypedDict):
    """What ``flopbudget compare --json`` prints."""

    schema_version: Literal[1]
    tables: list[ComparedRecord]


def compared_record(
    table: str, before: Past, after: Past, found: Comparison, raises: Sequence[Raise]
) -> ComparedRecord:
    """Two states of a table as a dict.

    Args:
        table: Its file, as it is told.
        before: The one state.
        after: The other.
        found: The cases of the other beside the one.
        raises: The limits that were loosened between them.
    """
    return {
        "table": table,
        "before": before.called,
        "after": after.called,
        "notes": list(dict.fromkeys((*before.notes, *after.notes))),
        "raised": list(map(_raise, raises)),
        "changed": list(map(_changed, found.changed)),
        "same": list(found.same),
        "new": list(found.new),
        "gone": sorted(before.entries.keys() - after.entries.keys()),
    }


def _raise(each: Raise) -> RaiseRecord:
    return {
        "id": each.case,
        "kind": each.kind,
        "metric": each.before.metric,
        "subject": each.before.subject,
        "target": each.before.target,
        "before": _written(each.before),
        "after": None if each.after is None else _written(each.after),
        "reason": each.reason,
    }


def _written(limit: Limit) -> WrittenRecord:
    return {"limit": limit.value, "source": limit.source, "place": of_place(limit.place)}


def _changed(each: Compared) -> ChangedRecord:
    return {
        "id": each.verdict.case,
        "metrics": [{"name": one.name, "before": one.before, "after": one.after} for one in each.numbers],
        "modules": list(map(of_change, each.changes)),
    }
