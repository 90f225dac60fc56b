"""``--flopbudget-compare``: the cases of a run and the limits of its tables beside an earlier state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.declare.cases import Table
from pytest_flopbudget.declare.root import read_past_root
from pytest_flopbudget.errors import FlopBudgetError, LockError, RevisionError, TableError
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.locks import Entry, Lock
from pytest_flopbudget.judge.past import Past, compared
from pytest_flopbudget.judge.raised import Raise, raised
from pytest_flopbudget.judge.targets import ADD_UP, limits_of
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.plugin.options import Options
from pytest_flopbudget.plugin.tables import Tables
from pytest_flopbudget.report.compared import comparison_lines, reasonless
from pytest_flopbudget.report.past_report import PastReport, past_report
from pytest_flopbudget.report.summary import Line
from pytest_flopbudget.store.kept import read_kept
from pytest_flopbudget.store.locks import parse_lock
from pytest_flopbudget.store.revisions import Revision, find_revision, text_at

_OPTION = "--flopbudget-compare"


class Comparing:
    """Finds the earlier state of each table, once in a run and in one process alone.

    Args:
        tables: The run's tables.
        options: The command line's.

    Raises:
        pytest.UsageError: There is no such revision, or the file is neither a lock nor a report.
    """

    def __init__(self, tables: Tables, options: Options) -> None:
        self._tables = tables
        self._known: dict[str, Past] = {}
        self._kept: Past | PastReport | None = None
        self._revision: Revision | None = None
        # xdist's workers tell nothing.
        written = None if hasattr(tables.config, "workerinput") else options.compare
        if written is None:
            return
        try:
            path = tables.config.invocation_params.dir / written
            if path.is_file():
                self._kept = _kept(path, written)
            else:
                self._revision = find_revision(written, tables.config.rootpath)
        except (RevisionError, LockError) as error:
            raise pytest.UsageError(f"{_OPTION}: {error}") from None

    def fails(self, tables: Iterable[object]) -> bool:
        """Whether a limit was raised without a reason where its table asks for one."""
        return any(
            table.raise_needs_reason and reasonless(self._raises(table)) for table in tables if isinstance(table, Table)
        )

    def told(self, verdicts: Mapping[str, Mapping[str, Verdict]], tables: Sequence[object]) -> list[Line]:
        """The lines on every table of the run that has cases, its name above where there are several.

        Args:
            verdicts: By the test's node id, and by the case's.
            tables: What was read of the run's tables.
        """
        if self._kept is None and self._revision is None:
            return []
        by_path: dict[str, list[Verdict]] = {each.path: [] for each in tables if isinstance(each, Table)}
        for nodeid, of_node in verdicts.items():
            path = self._tables.of_node(nodeid)
            if path is not None:
                by_path.setdefault(str(path), []).extend(of_node.values())
        read = [(self._tables.read(Path(path)), of_table) for path, of_table in sorted(by_path.items())]
        lines: list[Line] = []
        for table, of_table in read:
            if isinstance(table, Table):
                lines += [Line(f"{self._called(table)}:")] if len(read) > 1 else []
                lines += self._on(table, sorted(of_table, key=lambda verdict: verdict.case))
        return lines

    def _on(self, table: Table, verdicts: Sequence[Verdict]) -> list[Line]:
        past = self._past(table)
        return comparison_lines(
            past, compared(verdicts, past), self._raises(table), needs_reason=table.raise_needs_reason
        )

    def _raises(self, table: Table) -> list[Raise]:
        before = self._past(table).limits
        return [] if before is None else raised(before, _limits(table))

    def _past(self, table: Table) -> Past:
        if isinstance(self._kept, PastReport):
            return self._kept.of(self._called(table), alone=len(self._tables.read_ones()) == 1)
        if self._kept is not None:
            return self._kept
        if self._revision is None:
            return Past("")
        if table.path not in self._known:
            self._known[table.path] = self._at(self._revision, table)
        return self._known[table.path]

    def _at(self, revision: Revision, table: Table) -> Past:
        entries, why_no_counts = self._entries(revision, table)
        limits: Mapping[str, Sequence[Limit]] | None = None
        why_no_limits = ""
        try:
            called = self._called(table)
            text = text_at(revision, Path(table.path))
            past = None if text is None else read_past_root(text, Path(table.path), called)
            if past is None:
                why_no_limits = f"{called} has no table at {revision.called}: limits are not compared"
            else:
                limits = _limits(past)
        except (TableError, RevisionError) as error:
            first = str(error).partition("\n")[0]
            why_no_limits = f"limits are not compared: at {revision.called}, {first}"
        return Past(revision.called, entries, limits, tuple(filter(None, (why_no_counts, why_no_limits))))

    def _entries(self, revision: Revision, table: Table) -> tuple[Mapping[str, Entry], str]:
        """The entries of the lock at a revision, and why there are none."""
        if table.lock is None:
            return {}, f"{self._called(table)} keeps no lock: counts are not compared"
        called = f"{self._tables.called(Path(table.lock.path))} at {revision.called}"
        try:
            text = text_at(revision, Path(table.lock.path))
            if text is None:
                return {}, f"there is no {called}: counts are not compared"
            return _of_now(parse_lock(text, called), called).entries, ""
        except FlopBudgetError as error:
            return {}, f"counts are not compared: {error}"

    def _called(self, table: Table) -> str:
        return self._tables.called(Path(table.path))


def _limits(table: Table) -> dict[str, tuple[Limit, ...]]:
    of_bundles = {
        bundle.id: tuple(limit for limit in bundle.target.limits if limit.metric in ADD_UP) for bundle in table.bundles
    }
    return {case.id: limits_of(case) for case in table.cases} | of_bundles


def _kept(path: Path, called: str) -> Past | PastReport:
    text, is_report = read_kept(path, called)
    if is_report:
        return past_report(text, called)
    return Past(called, _of_now(parse_lock(text, called), called).entries)


def _of_now(lock: Lock, called: str) -> Lock:
    """A lock whose numbers can be compared with those of now."""
    if lock.conventions != CONVENTIONS:
        raise LockError(f"{called}: its numbers follow conventions {lock.conventions}, and those of now {CONVENTIONS}")
    return lock
