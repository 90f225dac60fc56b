"""The locks of one run: each is read once, and cases are judged by it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pytest_flopbudget.declaring.cases import AskedCase, Bundle, Case, Locking, Table
from pytest_flopbudget.declaring.locking import subject_of
from pytest_flopbudget.errors import LockError
from pytest_flopbudget.judge.by_lock import Terms, by_lock
from pytest_flopbudget.judge.locks import Lock, NewPolicy
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.store.locks import read_lock
from pytest_flopbudget.store.surroundings import under_ci


@dataclass(slots=True)
class Locks:
    """Reads each lock once, so that all cases of a run are judged by the same.

    Args:
        called_as: How the user should read a file.
        is_update: Whether the locks are about to be written anew.
        is_frozen: Whether a case without an entry fails, whatever its table says.
    """

    called_as: Callable[[Path], str]
    is_update: bool = False
    is_frozen: bool = False
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
        return self.called_as(Path(os.path.normpath(locking.path)))

    def _terms(self, locking: Locking) -> Terms:
        return Terms(
            lock=self.read(locking),
            called=self.called(locking),
            place=locking.place,
            policy=locking.policy,
            new=self._new(locking),
            depth=locking.depth,
            is_update=self.is_update,
        )

    def _new(self, locking: Locking) -> NewPolicy:
        """What a case without an entry is: where nothing is said, an error in a job, and elsewhere a word."""
        if self.is_frozen:
            return "error"
        if locking.new is not None:
            return locking.new
        if locking.policy == "report":
            return "accept"
        return "error" if under_ci() else "warn"
