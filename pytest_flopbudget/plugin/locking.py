"""Where a run keeps its locks, and whether a table has one."""

from __future__ import annotations

import pytest

from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.errors import TableError
from pytest_flopbudget.locking import Locks

NO_LOCK = "--flopbudget-update: no table keeps a lock: write lock = 'flopbudget.lock.json' in [tool.pytest-flopbudget]"
LOCKS = pytest.StashKey[Locks]()


def keeps_or_may_keep(table: Table | TableError) -> bool:
    """Whether a table keeps a lock; one with mistakes may."""
    return isinstance(table, TableError) or table.lock is not None
