"""``--flopbudget-update``: at the end of a run its locks are written anew, and what changes is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.declaring.cases import Locking, Table
from pytest_flopbudget.errors import LockError
from pytest_flopbudget.judge.locked_wording import other_conventions
from pytest_flopbudget.judge.locks import Entry, Lock
from pytest_flopbudget.judge.renewal import Renewal, renewal
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.locking import Locks
from pytest_flopbudget.plugin.course import Course
from pytest_flopbudget.plugin.options import Update
from pytest_flopbudget.plugin.tables import Tables
from pytest_flopbudget.plugin.unused import unused
from pytest_flopbudget.report.headline import headline
from pytest_flopbudget.report.text import counted
from pytest_flopbudget.store.locks import write_lock

_WENT_THROUGH = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
_TEST_FAILED = "its test failed"
_MOST_NAMED = 5


@dataclass(slots=True)
class Updating:
    """Writes the locks of a run, or says why it does not.

    Args:
        locks: As they were read when the run began.
        tables: The run's tables.
        course: What became of the run's tests.
        lines: What there is to tell, a line each.
        went_wrong: Whether a lock could not be written.
    """

    locks: Locks
    tables: Tables
    course: Course
    lines: list[str] = field(default_factory=list)
    went_wrong: bool = False

    def finish(self, update: Update, by_node: Mapping[str, Mapping[str, Verdict]], session: pytest.Session) -> None:
        """Write the locks of all tables that keep one.

        Args:
            update: How.
            by_node: The verdicts of each test, by its node id and the case's.
            session: pytest's, at its end.
        """
        stopped = self._why_stopped(session)
        for table in self.tables.read_ones():
            if table.lock is not None:
                called = self.locks.called(table.lock)
                if stopped:
                    self.lines.append(f"{called} is as it was: {stopped}")
                else:
                    self.lines += self._write(called, table, table.lock, update, self._verdicts(table, by_node))

    def unused_lines(self, by_node: Mapping[str, Mapping[str, Verdict]]) -> Iterator[str]:
        """A line for each lock that has entries which no case uses."""
        for table in self.tables.read_ones():
            lock = self.locks.read(table.lock) if table.lock is not None else None
            if isinstance(lock, Lock) and table.lock is not None:
                found = unused(lock, table, [case for _, case in self._verdicts(table, by_node)], self.course)
                if found:
                    more = f" and {len(found) - _MOST_NAMED:,} more" if len(found) > _MOST_NAMED else ""
                    yield (
                        f"{self.locks.called(table.lock)} has {_entries(len(found))} that no case uses: "
                        f"{', '.join(found[:_MOST_NAMED])}{more}; --flopbudget-update=prune takes such out"
                    )

    def _why_stopped(self, session: pytest.Session) -> str:
        if self.course.crashed:
            return "a worker crashed"
        stopped = session.shouldstop or session.shouldfail or not self.course.went_through
        if session.exitstatus not in _WENT_THROUGH or stopped:
            return "the run did not go through to its end"
        return ""

    def _verdicts(self, table: Table, by_node: Mapping[str, Mapping[str, Verdict]]) -> dict[tuple[str, str], Verdict]:
        path = Path(table.path)
        return {
            (node, case): verdict
            for node, verdicts in by_node.items()
            if self.tables.of_node(node) == path
            for case, verdict in verdicts.items()
        }

    def _write(
        self, called: str, table: Table, locking: Locking, update: Update, verdicts: Mapping[tuple[str, str], Verdict]
    ) -> Iterator[str]:
        before = self.locks.read(locking)
        if isinstance(before, LockError):
            yield f"{called} is as it was: {str(before).removeprefix(f'{called}: ')}"
            return
        if before is not None and before.conventions > CONVENTIONS:
            yield f"{called} is as it was: {other_conventions(before, called)}"
            return
        why_not = {case: why for (node, case), each in verdicts.items() if (why := self._why_not(node, each))}
        entries = {
            case: each.entry for (_, case), each in verdicts.items() if each.entry is not None and case not in why_not
        }
        reached = [case for _, case in verdicts]
        pruned = unused(before, table, reached, self.course) if update.prune and before is not None else []
        renewed = renewal(before, entries, pruned)
        yield from self._renew(called, locking, before, renewed, entries)
        for case in sorted(why_not):
            is_known = before is not None and case in before.entries
            yield f"  {case}: {'kept as it was' if is_known else 'not taken in'}: {why_not[case]}"

    def _renew(
        self, called: str, locking: Locking, before: Lock | None, renewed: Renewal, entries: Mapping[str, Entry]
    ) -> Iterator[str]:
        if renewed.not_renewed:
            yield (
                f"{called} is as it was: of a lock by other conventions all is written anew, and the run did not count "
                f"{_entries(len(renewed.not_renewed))}: {', '.join(renewed.not_renewed[:_MOST_NAMED])}"
            )
        elif not renewed.told:
            yield f"{called} is as it was: {counted(len(entries), 'case')} counted, and nothing changed"
        elif why := self._write_file(Path(locking.path), renewed.lock):
            yield f"{called} could not be written: {why}"
        else:
            yield f"{called} is written{' anew' if before else ''}: {counted(len(renewed.lock.entries), 'case')}"
            yield from (f"  {line}" for line in renewed.told)

    def _write_file(self, path: Path, lock: Lock) -> str:
        try:
            write_lock(path, lock)
        except OSError as error:
            self.went_wrong = True
            return error.strerror or str(error)
        return ""

    def _why_not(self, node: str, verdict: Verdict) -> str:
        """Why a case's entry stays as it is: what failed is not what is to be kept."""
        if verdict.fails:
            return headline(verdict)
        return _TEST_FAILED if self.course.failed(node) else ""


def _entries(number: int) -> str:
    return f"{number:,} {'entry' if number == 1 else 'entries'}"
