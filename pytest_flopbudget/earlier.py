"""What a table and its cases were at another time: at a revision, or in a file that was kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.root import read_past_root
from pytest_flopbudget.errors import FlopBudgetError, LockError, RevisionError, TableError
from pytest_flopbudget.files import is_file
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.locks import Entry, Lock
from pytest_flopbudget.judge.past import Past
from pytest_flopbudget.judge.targets import ADD_UP, limits_of
from pytest_flopbudget.report.past_report import PastReport, past_report
from pytest_flopbudget.store.history import Recorded, history
from pytest_flopbudget.store.kept import read_kept
from pytest_flopbudget.store.locks import parse_lock, read_lock
from pytest_flopbudget.store.revisions import Revision, find_revision, text_at

# What a line of a page has room for, and what is read in a second or so.
_MOST_DRAWN, _MOST_READ = 30, 8_000_000
Kept = Past | PastReport


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier state, of one table or of several.

    Args:
        called_as: How the user should read a file.
        state: The commit at which tables and locks are looked up, or what a file tells in its place: a lock of every
            table the same, a report of each its own.
    """

    called_as: Callable[[Path], str]
    state: Revision | Kept
    _known: dict[str, Past] = field(default_factory=dict)

    def past(self, table: Table, *, alone: bool) -> Past:
        """What the table and its cases were.

        Args:
            table: As it is now.
            alone: Whether it is the only one that is looked at.
        """
        if isinstance(self.state, PastReport):
            return self.state.of(self.called_as(Path(table.path)), alone=alone)
        if isinstance(self.state, Past):
            return self.state
        if table.path not in self._known:
            self._known[table.path] = self._at(self.state, table)
        return self._known[table.path]

    def _at(self, revision: Revision, table: Table) -> Past:
        entries, why_no_counts = self._entries(revision, table)
        limits: Mapping[str, Sequence[Limit]] | None = None
        why_no_limits = ""
        try:
            called = self.called_as(Path(table.path))
            text = text_at(revision, Path(table.path))
            past = (
                None
                if text is None
                else read_past_root(text, Path(table.path), called, lambda path, _: text_at(revision, path))
            )
            if past is None:
                why_no_limits = f"{called} has no table at {revision.called}: limits are not compared"
            else:
                limits = limits_by_case(past)
                why_no_limits = _in_python(past)
        except (TableError, RevisionError) as error:
            first = str(error).partition("\n")[0]
            why_no_limits = f"limits are not compared: at {revision.called}, {first}"
        return Past(revision.called, entries, limits, tuple(filter(None, (why_no_counts, why_no_limits))))

    def _entries(self, revision: Revision, table: Table) -> tuple[Mapping[str, Entry], str]:
        """The entries of the lock at a revision, and why there are none."""
        if table.lock is None:
            return {}, f"{self.called_as(Path(table.path))} keeps no lock: counts are not compared"
        called = f"{self.called_as(Path(table.lock.path))} at {revision.called}"
        try:
            text = text_at(revision, Path(table.lock.path))
            if text is None:
                return {}, f"there is no {called}: counts are not compared"
            return _of_now(parse_lock(text, called, is_past=True), called).entries, ""
        except FlopBudgetError as error:
            return {}, f"counts are not compared: {error}"


def find_earlier(written: str, folder: Path, root: Path, called_as: Callable[[Path], str]) -> Earlier:
    """The state that a name stands for.

    Args:
        written: A lock or a JSON report, relative to a folder, or else a revision: a branch, a tag, a commit.
        folder: Where the file is looked for.
        root: Any folder of the repository.
        called_as: How the user should read a file.

    Raises:
        RevisionError: There is no such revision.
        LockError: The file is neither a lock nor a report, or its numbers follow other conventions.
    """
    path = folder / written
    if not is_file(path):
        return Earlier(called_as, find_revision(written, root))
    text, is_report = read_kept(path, written)
    if is_report:
        return Earlier(called_as, past_report(text, written))
    return Earlier(called_as, Past(written, _of_now(parse_lock(text, written), written).entries))


def state_of_now(table: Table, called_as: Callable[[Path], str]) -> Past:
    """A table as it stands and the counts of its lock, in the form of an earlier state."""
    entries: Mapping[str, Entry] = {}
    notes: tuple[str, ...] = ()
    called = called_as(Path(table.path))
    if table.lock is None:
        notes = (f"{called} keeps no lock: counts are not compared",)
    else:
        lock = called_as(Path(table.lock.path))
        try:
            read = read_lock(Path(table.lock.path), lock)
            notes = () if read is not None else (f"there is no {lock}: counts are not compared",)
            entries = {} if read is None else _of_now(read, lock).entries
        except LockError as error:
            notes = (f"counts are not compared: {error}",)
    return Past(called, entries, limits_by_case(table), notes)


def limits_by_case(table: Table) -> dict[str, tuple[Limit, ...]]:
    """The limits of each case and bundle of a table, those of targets too."""
    of_bundles = {
        bundle.id: tuple(limit for limit in bundle.target.limits if limit.metric in ADD_UP) for bundle in table.bundles
    }
    return {case.id: limits_of(case) for case in table.cases} | of_bundles


def _in_python(past: Table) -> str:
    """What cannot be told of a table as it was, since only a project as it is can be run."""
    functions = ", ".join(each.path for each in past.declarers)
    return f"limits that {functions} declared are not compared: Python is run as it is now" if functions else ""


def recorded(tables: Iterable[Table], called_as: Callable[[Path], str]) -> dict[str, tuple[Recorded, ...]]:
    """What the lock of each table that keeps one was at the latest commits, by the table's file as called.

    A lock that lies in no repository, or a system without git, has no history: a report without it is whole.

    Args:
        tables: The tables.
        called_as: How the user should read a file.
    """
    found = {}
    for table in tables:
        if table.lock is not None:
            try:
                told = history(Path(table.lock.path), most=_MOST_DRAWN, characters=_MOST_READ)
            except RevisionError:
                continue
            found[called_as(Path(table.path))] = told
    return found


def _of_now(lock: Lock, called: str) -> Lock:
    """A lock whose numbers can be compared with those of now."""
    if lock.conventions != CONVENTIONS:
        raise LockError(f"{called}: its numbers follow conventions {lock.conventions}, and those of now {CONVENTIONS}")
    return lock
