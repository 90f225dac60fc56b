"""``--flopbudget-only``, ``--flopbudget-skip`` and ``--flopbudget-level``: what they make of declared cases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import Bundle, Case, Table
from pytest_flopbudget.declaring.choosing import Declared, files_named, hint_if_unmatched, is_chosen, on_day
from pytest_flopbudget.declaring.costs import PaperTable
from pytest_flopbudget.errors import TableError
from pytest_flopbudget.plugin.options import Options
from pytest_flopbudget.plugin.tables import Tables
from pytest_flopbudget.report.text import listed


def as_asked(case: Declared, options: Options) -> Declared:
    """The case with the command line's ``level``, which beats the table's, or with that of today."""
    return on_day(case, options.today, options.level)


def chosen(case: Case | Bundle | PaperTable, files: Sequence[str], options: Options) -> bool:
    """Whether ``--flopbudget-only`` and ``--flopbudget-skip`` leave a case in.

    Args:
        case: A case, a bundle, or a table of costs.
        files: Its table's file, as the user may write it.
        options: The command line's.
    """
    return is_chosen(case, files, options.only, options.skip)


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
        for case in (*table.declared, *table.tables_in_files)
    ]
    for option, patterns in (("--flopbudget-only", options.only), ("--flopbudget-skip", options.skip)):
        for pattern in patterns:
            hint = hint_if_unmatched(pattern, cases)
            if hint is not None:
                where = listed(map(tables.called, files)) if len(files) <= 3 else f"{len(files)} tables"
                raise pytest.UsageError(f"{option}: no case of {where} matches {pattern!r}{hint}")
