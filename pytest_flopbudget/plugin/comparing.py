"""``--flopbudget-compare``: the cases of a run and the limits of its tables beside an earlier state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.earlier import Earlier, find_earlier, limits_by_case
from pytest_flopbudget.errors import LockError, RevisionError
from pytest_flopbudget.judge.past import Past, compared
from pytest_flopbudget.judge.raised import Raise, raised
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.plugin.options import Options
from pytest_flopbudget.plugin.tables import Tables
from pytest_flopbudget.report.compared import comparison_lines, reasonless
from pytest_flopbudget.report.summary import Line

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
        self._earlier: Earlier | None = None
        # xdist's workers tell nothing.
        written = None if hasattr(tables.config, "workerinput") else options.compare
        if written is None:
            return
        try:
            folder = tables.config.invocation_params.dir
            self._earlier = find_earlier(written, folder, tables.config.rootpath, tables.called)
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
        if self._earlier is None:
            return []
        by_path: dict[str, list[Verdict]] = {each.path: [] for each in tables if isinstance(each, Table)}
        for nodeid, of_node in verdicts.items():
            path = self._tables.of_node(nodeid)
            if path is not None:
                by_path.setdefault(str(path), []).extend(of_node.values())
        read = [
            (table, of_table)
            for path, of_table in sorted(by_path.items())
            if isinstance(table := self._tables.read(Path(path)), Table)
        ]
        lines: list[Line] = []
        for table, of_table in read:
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
        return [] if before is None else raised(before, limits_by_case(table))

    def _past(self, table: Table) -> Past:
        if self._earlier is None:
            return Past("")
        return self._earlier.past(table, alone=len(self._tables.read_ones()) == 1)

    def _called(self, table: Table) -> str:
        return self._tables.called(Path(table.path))
