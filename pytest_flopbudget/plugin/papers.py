"""The test item of a table of costs that stands in files: it fails where one of these has other numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.costs import PaperTable
from pytest_flopbudget.errors import FlopBudgetError, Place
from pytest_flopbudget.plugin.declared import Placed
from pytest_flopbudget.plugin.shared import sharing_of
from pytest_flopbudget.report.harmless import harmless
from pytest_flopbudget.tabling import filled, stale_files


class DeclaredPapers(pytest.Collector):
    """The tables of costs of a table."""

    _table: Table
    _called: str

    @classmethod
    def of(cls, parent: pytest.Collector, table: Table, called: str) -> DeclaredPapers:
        """The node for the tables of costs; how their table's file is called."""
        node = cls.from_parent(parent, name="tables")
        node._table, node._called = table, called
        return node

    def collect(self) -> list[DeclaredPaper]:
        """Those that stand in a file."""
        return [DeclaredPaper.of(self, each, self._table, self._called) for each in self._table.tables_in_files]


class DeclaredPaper(Placed):
    """A table of costs that stands in files."""

    declared: PaperTable
    headline: str
    _table: Table
    _called: str

    @classmethod
    def of(cls, parent: pytest.Collector, declared: PaperTable, table: Table, called: str) -> DeclaredPaper:
        """The item for one table of costs."""
        node = cls.from_parent(parent, name=declared.name)
        node.declared, node._table, node._called, node.headline = declared, table, called, ""
        return node

    @property
    def place(self) -> Place:
        """Where the table declares it."""
        return self.declared.place

    def runtest(self) -> None:
        """Compare its files with today's numbers.

        Raises:
            FlopBudgetError: One has others or no place for them, or a model cannot be measured.
        """
        sharing = sharing_of(self)
        try:
            full = filled(self.declared, self._table, lambda case: sharing.measure(case, self._table))
            told = [str(each) for each in stale_files(self.declared, self._table, full, self._called, {})]
        except FlopBudgetError as error:
            self.headline = harmless(str(error).partition("\n")[0])
            raise
        if told:
            self.headline = harmless(told[0] + (f" (+{len(told) - 1} more)" if told[1:] else ""))
            raise FlopBudgetError("\n".join(told))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Its place, the line counted from 0, and a heading."""
        return self.file, self.line - 1, f"table of costs {self.declared.name}"
