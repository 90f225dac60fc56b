"""pytest's nodes for a table: its file, its models and bundles; what runs stands beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.errors import TableError
from pytest_flopbudget.plugin.arguments import names_asked
from pytest_flopbudget.plugin.choosing import as_asked
from pytest_flopbudget.plugin.declared import Declared, DeclaredBundle, DeclaredCase
from pytest_flopbudget.plugin.options import Options
from pytest_flopbudget.plugin.papers import DeclaredPaper, DeclaredPapers
from pytest_flopbudget.report.headline import table_headline


class DeclaredTable(pytest.File):
    """A file with a table of ours: a collector a model, or one failing item for a table with mistakes."""

    _table: Table | TableError
    _called: str
    _options: Options

    @classmethod
    def of(
        cls, parent: pytest.Collector, path: Path, table: Table | TableError, options: Options, called: str
    ) -> DeclaredTable:
        """The node for a file, as messages call it, and what was read from it; all below it carries the mark."""
        node = cls.from_parent(parent, path=path)
        node._table, node._options, node._called = table, options, called
        node.add_marker("flop_budget")
        return node

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """The models in the file's order, then the bundles and the tables of costs; nothing is imported or measured."""
        if isinstance(self._table, TableError):
            yield from self._broken(self._table)
            return
        cases = [as_asked(case, self._options) for case in self._table.cases]
        by_model: dict[str, list[Case]] = {}
        for case in cases:
            by_model.setdefault(case.model, []).append(case)
        for model, of_model in by_model.items():
            yield DeclaredModel.of(self, model, of_model, self._table, crosscheck=self._options.crosscheck)
        for bundle in self._table.bundles:
            yield DeclaredBundle.of(self, as_asked(bundle, self._options), self._table)
        if self._table.tables_in_files:
            yield DeclaredPapers.of(self, self._table, self._called)

    def _broken(self, error: TableError) -> Iterator[pytest.Item | pytest.Collector]:
        """The failing item by its own name, or by the names of the cases that were asked for in its place."""
        asked = dict.fromkeys(names[:2] for names in names_asked(self.config, self.path))
        if () in asked or not asked:
            asked = {("table",): None}
        for names in asked:
            if len(names) == 1:
                yield BrokenTable.of(self, error, names[0])
            else:
                yield BrokenModel.of(self, error, *names)


class BrokenModel(pytest.Collector):
    """A model of a table with mistakes, asked for by name: the mistakes stand in its case's place."""

    _error: TableError
    _case: str

    @classmethod
    def of(cls, parent: DeclaredTable, error: TableError, model: str, case: str) -> BrokenModel:
        """The node for one case that was asked for."""
        node = cls.from_parent(parent, name=model)
        node._error, node._case = error, case
        return node

    def collect(self) -> Iterator[BrokenTable]:
        """The failing item in the case's place."""
        yield BrokenTable.of(self, self._error, self._case)


class BrokenTable(pytest.Item):
    """A table with mistakes: a test that fails and lists them, and lets every other test run."""

    _error: TableError

    @classmethod
    def of(cls, parent: pytest.Collector, error: TableError, name: str) -> BrokenTable:
        """The item for a file that cannot be read as a table."""
        node = cls.from_parent(parent, name=name)
        node._error = error
        return node

    @property
    def headline(self) -> str:
        """What the short summary says."""
        return table_headline(self._error)

    @property
    def file(self) -> Path:
        """The file of the first mistake: the table's, or one that this includes."""
        mistakes = self._error.mistakes
        return self.config.invocation_params.dir / mistakes[0].place.path if mistakes else self.path

    @property
    def line(self) -> int:
        """Where the first mistake stands, counted from 1."""
        return self._error.mistakes[0].place.line if self._error.mistakes else 1

    def runtest(self) -> None:
        """Fail with all mistakes."""
        raise TableError(self._error.mistakes)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The first mistake's place, counted from 0, and a heading."""
        return self.file, self.line - 1, f"table of {self.nodeid.partition('::')[0]}"


class DeclaredModel(pytest.Collector):
    """A declared model: an item a point."""

    _cases: Sequence[Case]
    _table: Table
    _crosscheck: bool

    @classmethod
    def of(
        cls, parent: DeclaredTable, model: str, cases: Sequence[Case], table: Table, *, crosscheck: bool
    ) -> DeclaredModel:
        """The node for one model of a table and its cases; whether thop counts them too."""
        node = cls.from_parent(parent, name=model)
        node._cases, node._table, node._crosscheck = cases, table, crosscheck
        return node

    def collect(self) -> Iterator[DeclaredCase]:
        """The model's points in the file's order."""
        for case in self._cases:
            yield DeclaredCase.of(self, case, self._table, crosscheck=self._crosscheck)


# The items of tables, each with its own headline and place.
ITEMS = (BrokenTable, Declared, DeclaredPaper)
