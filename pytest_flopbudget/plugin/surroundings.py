"""What a test asks of its run: the nearest table, the case's id, and what becomes of a verdict."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.asked import Asked, merged, read_asked
from pytest_flopbudget.declaring.cases import AskedCase, Table
from pytest_flopbudget.errors import (
    AskedError,
    FlopBudgetError,
    FlopBudgetExceeded,
    FlopBudgetWarning,
    Place,
    TableError,
)
from pytest_flopbudget.judge.targets import limits_of
from pytest_flopbudget.judge.tolerance import level_on
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.plugin.ledger import Ledger
from pytest_flopbudget.plugin.locking import LOCKS
from pytest_flopbudget.plugin.marks import asked_by_marks
from pytest_flopbudget.plugin.options import Options
from pytest_flopbudget.plugin.properties import set_properties
from pytest_flopbudget.plugin.tables import Tables
from pytest_flopbudget.report.failure import failure
from pytest_flopbudget.report.headline import headline, table_headline, warning

Ours = (FlopBudgetError, FlopBudgetExceeded)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the user's own code, counted from 1."""

    file: str
    number: int


def callers_line() -> Line:
    """The line that called the function which asks."""
    frame = sys._getframe(2)
    return Line(frame.f_code.co_filename, frame.f_lineno)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A test and its run.

    Args:
        item: The test.
        tables: The run's tables.
        options: The command line's.
        ledger: The test's account.
    """

    item: pytest.Item
    tables: Tables
    options: Options
    ledger: Ledger

    def table(self) -> Table | None:
        """The nearest table above the test's file; None where there is none.

        Raises:
            TableError: It has mistakes: what it says of formulas and free operators cannot be trusted either.
        """
        path = self._file()
        found = None if path is None else self.tables.read(path)
        if isinstance(found, TableError):
            raise TableError(found.mistakes)
        return found

    def id_of(self, name: str) -> str:
        """The id of a case: the test's own, relative to its table's folder, and the case's name."""
        path = self._file()
        test = self.item.nodeid
        if path is not None and path.parent in self.item.path.parents:
            below = self.item.path.relative_to(path.parent).as_posix()
            test = "::".join([below, *test.split("::", 1)[1:]])
        return f"{test}::{name}"

    def place(self, line: Line) -> Place:
        """A line as the user should read it."""
        return Place(self.tables.called(Path(line.file)), line.number)

    def asked(self, written: Mapping[str, object], place: Place, what: str, beside: Sequence[str]) -> Asked:
        """What a call asks for, and the marks of its test, which it beats key by key.

        Raises:
            AskedError: With the mistakes in the call, or in the marks.
        """
        return merged([read_asked(written, place, what, beside), *asked_by_marks(self.item, self.tables)])

    def with_limits(self, case: AskedCase, what: str) -> AskedCase:
        """The case as the command line wants it judged.

        Raises:
            AskedError: Nothing limits it, and no lock is kept: every model would keep it. Or it asks for a lock where
                none is.
        """
        table = self.table()
        has_lock = table is not None and table.lock is not None
        if not has_lock and (case.growth or any(limit.relation == "lock" for limit in limits_of(case))):
            raise AskedError(
                f"{case.place}: {what}: it is to be held against a lock, and the nearest table keeps none: write "
                "lock = 'flopbudget.lock.json' in [tool.pytest-flopbudget]"
            )
        if not (has_lock or case.limits or any(target.asks_something for target in case.targets)):
            raise AskedError(
                f"{case.place}: {what}: no limit: write one here or in the mark, as in macs='4.2 G'; "
                "to count without one, use the fixture count_flops"
            )
        # A region runs as it is.
        backend = None if case.kind == "region" else self.options.backend
        level = self.options.level or level_on(self.options.today, case.level, case.until)
        return replace(case, level=level, backend=backend or case.backend)

    def by_lock(self, verdict: Verdict, case: AskedCase) -> Verdict:
        """A verdict against the lock of the nearest table, if that keeps one."""
        return self.item.config.stash[LOCKS].judged(verdict, case, self.table())

    def reach(self, verdict: Verdict, name: str, line: Line) -> None:
        """Keep a verdict, and warn or fail as it says.

        Raises:
            FlopBudgetError: The model cannot be measured, nothing was counted, or operators are uncounted.
            FlopBudgetExceeded: A limit is not kept.
        """
        if not verdict.fails and verdict.warns:
            try:
                warnings.warn_explicit(
                    FlopBudgetWarning(warning(verdict)), None, filename=line.file, lineno=line.number
                )
            except FlopBudgetWarning:
                # The user turned warnings into errors: the case fails then, and says all there is to say.
                verdict = verdict.failing()
        if verdict.fails:
            raise self.failed(verdict, name)
        self.keep(verdict, name)

    def failed(self, verdict: Verdict, name: str) -> FlopBudgetError | FlopBudgetExceeded:
        """Keep a verdict that fails; what is to be raised for it."""
        self.keep(verdict, name)
        error, label = failure(verdict), _label(name)
        self.ledger.raised(error, f"{label}: {headline(verdict)}" if label else headline(verdict))
        return error

    def keep(self, verdict: Verdict, name: str) -> None:
        """Keep a verdict for the report, and tell it to JUnit."""
        self.ledger.keep(verdict)
        set_properties(self.item, verdict, _label(name))

    def told(self, error: FlopBudgetError | FlopBudgetExceeded) -> FlopBudgetError | FlopBudgetExceeded:
        """An exception as the test is to have it: its headline noted, and without our own frames."""
        if self.ledger.headline(error) is None:
            self.ledger.raised(error, _headline(error))
        return error.with_traceback(None)

    def _file(self) -> Path | None:
        return self.tables.nearest(self.item.path.parent)


def _headline(error: FlopBudgetError | FlopBudgetExceeded) -> str:
    if isinstance(error, TableError):
        return table_headline(error)
    return error.headline if isinstance(error, AskedError) else str(error).partition("\n")[0]


def _label(name: str) -> str:
    """The label in a case's name; the only case of a test may have none."""
    return "" if name.startswith("#") else name
