"""The tables of one run, each read once, and what the command line makes of the nearest one."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pytest_flopbudget.declare.cases import Case, Table
from pytest_flopbudget.declare.config import read_table
from pytest_flopbudget.errors import TableError, did_you_mean
from pytest_flopbudget.plugin.options import Options


@dataclass(slots=True)
class Tables:
    """Reads each file once in a run: for the options, for collecting, and for the last line."""

    _known: dict[Path, Table | TableError | None] = field(default_factory=dict)

    def read(self, path: Path) -> Table | TableError | None:
        """The table of a file, its mistakes, or None where it has no table."""
        if path not in self._known:
            try:
                self._known[path] = read_table(path) if path.is_file() else None
            except TableError as error:
                self._known[path] = error
        return self._known[path]

    def nearest(self, paths: Iterable[Path]) -> Path | None:
        """The first of some files that has a table, be it one with mistakes."""
        return next((path for path in paths if self.read(path) is not None), None)


def chosen(case: Case, table: Path, options: Options) -> bool:
    """Whether ``--flopbudget-only`` and ``--flopbudget-skip`` leave a case in."""
    names = _names(case, table)
    kept = not options.only or any(_matches(names, pattern) for pattern in options.only)
    return kept and not any(_matches(names, pattern) for pattern in options.skip)


def as_asked(case: Case, options: Options) -> Case:
    """The case with the command line's ``level``, which beats the table's."""
    return case if options.level is None else replace(case, level=options.level)


def check_names(cases: Sequence[Case], table: Path, options: Options) -> None:
    """Refuse a name or glob that fits no case: it would silently run everything, or nothing.

    Raises:
        pytest.UsageError: Naming the option, what was written, and the nearest right spelling.
    """
    for option, patterns in (("--flopbudget-only", options.only), ("--flopbudget-skip", options.skip)):
        for pattern in patterns:
            if not any(_matches(_names(case, table), pattern) for case in cases):
                names = list(dict.fromkeys(name for case in cases for name in (case.model, case.id)))
                raise pytest.UsageError(
                    f"{option}: no case of {table.name} matches {pattern!r}{did_you_mean(pattern, names)}"
                )


def _names(case: Case, table: Path) -> tuple[str, str, str]:
    return case.model, case.id, f"{table.name}::{case.id}"


def _matches(names: Iterable[str], pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for name in names)
