"""What a lock is to know of a case, as basic types, and back."""

from __future__ import annotations

from typing import TypedDict

from pytest_flopbudget.counting.measurement import Backend, Mode
from pytest_flopbudget.judge.locks import Entry, LockedModule


class LockedModuleRecord(TypedDict):
    """A module's part: the names are those of LockedModule."""

    macs: int
    params: int
    activations: int
    calls: int
    operator: str


class EntryRecord(TypedDict):
    """An entry: the names are those of Entry."""

    metrics: dict[str, int]
    modules: dict[str, LockedModuleRecord]
    backend: Backend
    mode: Mode


def of_entry(entry: Entry) -> EntryRecord:
    """An entry as a dict."""
    return {
        "metrics": dict(entry.metrics),
        "modules": {
            path: {
                "macs": module.macs,
                "params": module.params,
                "activations": module.activations,
                "calls": module.calls,
                "operator": module.operator,
            }
            for path, module in entry.modules.items()
        },
        "backend": entry.backend,
        "mode": entry.mode,
    }


def to_entry(record: EntryRecord) -> Entry:
    """The entry that :func:`of_entry` was given."""
    return Entry(
        metrics=record["metrics"],
        modules={path: LockedModule(**module) for path, module in record["modules"].items()},
        backend=record["backend"],
        mode=record["mode"],
    )
