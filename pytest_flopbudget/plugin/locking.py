"""The locks of one run: each is read once in a process, and cases are judged by it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pytest_flopbudget.declare.cases import AskedCase, Bundle, Case, Locking, Table
from pytest_flopbudget.declare.locking import subject_of
from pytest_flopbudget.errors import LockError, TableError
from pytest_flopbudget.judge.by_lock import Terms, by_lock
from pytest_flopbudget.judge.locks import Lock, NewPolicy
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.plugin.options import Options, under_ci
from pytest_flopbudget.plugin.tables import Tables
from pytest_flopbudget.store.locks import read_lock


@dataclass(slots=True)
class Locks:
    """Reads each lock once, so that all cases of a run are judged by the same.

    Args:
        tables: The run's tables.
        options: The command line's.
    """

    tables: Tables
    options: Options
    _known: dict[str, Lock | LockError | None] = field(default_factory=dict)

    def judged(self, verdict: Verdict, case: Case | AskedCase | Bundle, table: Table | None) -> Verdict:
        """A verdict against the lock of its table; without one it is as it was."""
        if table is None or table.lock is None:
            return verdict
        return by_lock(verdict, subject_of(case), self._terms(table.lock))

    def read(self, locking: Locking) -> Lock | LockError | None:
        """A table's lock, why it cannot be read, or None where there is none yet."""
        if locking.path not in self._known:
            try:
                self._known[locking.path] = read_lock(Path(locking.path), self.called(locking))
            except LockError as error:
                self._known[locking.path] = error
        return self._known[locking.path]

    def called(self, locking: Locking) -> str:
        """A lock's file as the user should read it."""
        return self.tables.called(Path(os.path.normpath(locking.path)))

    def _terms(self, locking: Locking) -> Terms:
        return Terms(
            lock=self.read(locking),
            called=self.called(locking),
            place=locking.place,
            policy=locking.policy,
            new=self._new(locking),
            depth=locking.depth,
            is_update=self.options.update is not None,
        )

    def _new(self, locking: Locking) -> NewPolicy:
        """What a case without an entry is: where nothing is said, an error in a job, and elsewhere a word."""
        if self.options.frozen:
            return "error"
        if locking.new is not None:
            return locking.new
        if locking.policy == "report":
            return "accept"
        return "error" if under_ci() else "warn"


NO_LOCK = "--flopbudget-update: no table keeps a lock: write lock = 'flopbudget.lock.json' in [tool.pytest-flopbudget]"
LOCKS = pytest.StashKey[Locks]()


def keeps_or_may_keep(table: Table | TableError) -> bool:
    """Whether a table keeps a lock; one with mistakes may."""
    return isinstance(table, TableError) or table.lock is not None
