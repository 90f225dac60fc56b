"""What grew since the lock, as basic types, and back."""

from __future__ import annotations

from typing import TypedDict

from pytest_flopbudget.judge.changes import ModuleChange, ModuleFate


class ModuleChangeRecord(TypedDict):
    """How one module's part in one metric changed, in the metric's unit; the names are those of ModuleChange."""

    path: str
    fate: ModuleFate
    metric: str
    before: int
    after: int
    was: str
    operator: str


def of_change(change: ModuleChange) -> ModuleChangeRecord:
    """A change of a module as a dict."""
    return {
        "path": change.path,
        "fate": change.fate,
        "metric": change.metric,
        "before": change.before,
        "after": change.after,
        "was": change.was,
        "operator": change.operator,
    }
