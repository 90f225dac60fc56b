"""``--flopbudget-only``, ``--flopbudget-skip`` and ``--flopbudget-level``: what they make of declared cases."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from pytest_flopbudget.declare.cases import Bundle, Case, Table
from pytest_flopbudget.declare.finding import nearest_name
from pytest_flopbudget.errors import TableError
from pytest_flopbudget.judge.tolerance import level_on
from pytest_flopbudget.plugin.options import Options
from pytest_flopbudget.plugin.tables import Tables
from pytest_flopbudget.report.text import listed

Declared = TypeVar("Declared", Case, Bundle)


def as_asked(case: Declared, options: Options) -> Declared:
    """The case with the command line's ``level``, which beats the table's, or with that of today."""
    return replace(case, level=options.level or level_on(options.today, case.level, case.until))


def chosen(case: Case | Bundle, files: Sequence[str], options: Options) -> bool:
    """Whether ``--flopbudget-only`` and ``--flopbudget-skip`` leave a case in.

    Args:
        case: A case, or a bundle.
        files: Its table's file, as the user may write it.
        options: The command line's.
    """
    if not (options.only or options.skip):
        return True
    names = _names(case, files)
    kept = not options.only or any(_matches(names, pattern) for pattern in options.only)
    return kept and not any(_matches(names, pattern) for pattern in options.skip)


def files_named(patterns: Iterable[str], folder: Path) -> Iterator[Path]:
    """The files that patterns begin with, as ``services/a/pyproject.toml::net`` does; relative to a folder."""
    for pattern in patterns:
        path = Path(os.path.normpath(folder / pattern.partition("::")[0]))
        if path.suffix == ".toml" and path.is_file():
            yield path


def check_names(paths: Sequence[Path], tables: Tables, options: Options) -> None:
    """Refuse a name or glob that fits no case: it would silently run everything, or nothing.

    Args:
        paths: The files of the run's tables; one with mistakes may have any case, so then nothing is refused.
        tables: Reads them.
        options: The command line's.

    Raises:
        pytest.UsageError: Naming the option, what was written, and the nearest right spelling.
    """
    named = files_named([*options.only, *options.skip], tables.config.invocation_params.dir)
    files = list(dict.fromkeys([*paths, *named]))
    read = {path: tables.read(path) for path in files}
    if any(isinstance(table, TableError) for table in read.values()):
        return
    cases = [
        (case, tables.names(path))
        for path, table in read.items()
        if isinstance(table, Table)
        for case in table.declared
    ]
    for option, patterns in (("--flopbudget-only", options.only), ("--flopbudget-skip", options.skip)):
        for pattern in patterns:
            if not any(_matches(_names(case, files), pattern) for case, files in cases):
                names = list(dict.fromkeys(name for case, files in cases for name in _names(case, files)))
                hint = nearest_name(pattern, [case for case, _ in cases if isinstance(case, Case)], names)
                where = listed(map(tables.called, files)) if len(files) <= 3 else f"{len(files)} tables"
                raise pytest.UsageError(f"{option}: no case of {where} matches {pattern!r}{hint}")


def _names(case: Case | Bundle, files: Sequence[str]) -> list[str]:
    below = [name for file in files for name in (file, f"{file}::{case.model}", f"{file}::{case.id}")]
    return [case.model, case.id, *below]


def _matches(names: Iterable[str], pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for name in names)
