"""``--flopbudget-history``: what the locks said, commit by commit; nothing is run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.errors import RevisionError, TableError
from pytest_flopbudget.plugin.tables import Tables
from pytest_flopbudget.report.harmless import harmless
from pytest_flopbudget.report.history import history_lines
from pytest_flopbudget.store.history import history

_OPTION = "--flopbudget-history"


def look_back(tables: Tables, read: Sequence[Table | TableError], case: str) -> list[str]:
    """The lines to print.

    Args:
        tables: The run's tables.
        read: What was read of each.
        case: A model, an id or a glob of these; empty takes all.

    Raises:
        pytest.UsageError: No table keeps a lock, no commit has one, or none has such a case.
    """
    locks = [Path(each.lock.path) for each in read if isinstance(each, Table) and each.lock is not None]
    if not locks:
        raise pytest.UsageError(
            f"{_OPTION}: no table keeps a lock: write lock = 'flopbudget.lock.json' in [tool.pytest-flopbudget]"
        )
    lines: list[str] = []
    for lock in locks:
        try:
            told = history_lines(history(lock, [case] if case else []))
        except RevisionError as error:
            raise pytest.UsageError(f"{_OPTION}: {error}") from None
        told = [f"{tables.called(lock)}:", *told] if told and len(locks) > 1 else told
        lines += map(harmless, told)
    if not lines:
        what = f"has a case {case!r}" if case else "has it"
        names = ", ".join(tables.called(lock) for lock in locks)
        raise pytest.UsageError(f"{_OPTION}: no commit of {names} {what}")
    return lines
