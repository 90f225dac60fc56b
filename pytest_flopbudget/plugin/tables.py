"""The tables of one run, each read once, and how they and their cases are called."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pytest_flopbudget.counting.measurement import Backend
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.errors import TableError
from pytest_flopbudget.plugin import places
from pytest_flopbudget.plugin.same import refuse_others

NO_TABLE = "no table"


@dataclass(slots=True)
class Tables:
    """Reads each file once in a run: for the options, for collecting, for tests, and for the last line.

    Args:
        config: pytest's.
        named: The file that the command line names in the place of the nearest.
        backend: What it says instead of every case's ``backend``, also of models that limits refer to.
    """

    config: pytest.Config
    named: Path | None = None
    backend: Backend | None = None
    _known: dict[Path, Table | TableError | None] = field(default_factory=dict)
    _names: dict[Path, tuple[str, str]] = field(default_factory=dict)
    _of_file: dict[str, Path | None] = field(default_factory=dict)

    def read(self, path: Path) -> Table | TableError | None:
        """The table of a file, its mistakes, or None where it has no table."""
        if path not in self._known:
            try:
                table = read_table(path, self.called(path)) if path.is_file() else None
                if table is not None:
                    refuse_others(table, self.config)
                self._known[path] = self._as_asked(table)
            except TableError as error:
                self._known[path] = error
        return self._known[path]

    def read_ones(self) -> list[Table]:
        """Every table without mistakes that was read in this run, in the order of their files."""
        found = [table for table in self._known.values() if isinstance(table, Table)]
        return sorted(found, key=lambda table: Path(table.path).parts)

    def _as_asked(self, table: Table | None) -> Table | None:
        if table is None or self.backend is None:
            return table
        cases = {case.id: replace(case, backend=self.backend) for case in table.cases}
        bundles = (replace(each, cases=tuple(cases[case.id] for case in each.cases)) for each in table.bundles)
        return replace(table, cases=tuple(cases.values()), bundles=tuple(bundles))

    def nearest(self, folder: Path) -> Path | None:
        """The file of the table that counts for what stands in a folder, be it one with mistakes; None without one."""
        if self.named is not None:
            return self.named
        return next((path for path in places.above(self.config, folder) if self.read(path) is not None), None)

    def of_node(self, nodeid: str) -> Path | None:
        """The file of the table that counts for a test or a declared case: its own, or the nearest above it."""
        file = nodeid.partition("::")[0]
        if file not in self._of_file:
            path = Path(os.path.normpath(places.root(self.config) / file))
            has_one = path in self._known and self.read(path) is not None
            self._of_file[file] = path if has_one else self.nearest(path.parent)
        return self._of_file[file]

    def called(self, path: Path) -> str:
        """A file as the user should read it: relative to where pytest was called."""
        return self.names(path)[0]

    def names(self, path: Path) -> tuple[str, str]:
        """A file as the user may write it: relative to where pytest was called, or as in a node's id."""
        if path not in self._names:
            here, root = self.config.invocation_params.dir, places.root(self.config)
            self._names[path] = _relative(path, here), _relative(path, root)
        return self._names[path]


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        # On another drive.
        return str(path)
