"""Which declared cases a run has: the nearest table, and whether its file is among what pytest collects."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from pytest_flopbudget.declare.cases import Table
from pytest_flopbudget.errors import TableError
from pytest_flopbudget.plugin.options import Options
from pytest_flopbudget.plugin.tables import Tables, check_names, chosen
from pytest_flopbudget.report.headline import TABLE
from pytest_flopbudget.report.text import counted


class Plan:
    """The nearest table of a run and what becomes of it.

    Args:
        options: The command line's.
        tables: Reads files.
        above: The files that may have the table, the nearest first.
        explicit: Whether the command line names paths.

    Raises:
        pytest.UsageError: The options ask for a table or a case that is not there.
    """

    def __init__(self, options: Options, tables: Tables, above: list[Path], *, explicit: bool) -> None:
        self._options = options
        self._explicit = explicit
        self._path = _table_path(options, tables, above)
        self._table = None if self._path is None else tables.read(self._path)
        self._decided = False
        self._runs = False
        self._ignored = False
        if self._path is not None and isinstance(self._table, Table):
            check_names(self._table.cases, self._path, options)

    def append(self, config: pytest.Config) -> None:
        """Add the table's file to what is collected, if its cases are wanted and pytest would not come by it.

        Called in every process that has a command line: xdist hands its workers the invocation's arguments.
        """
        if self._path is None:
            return
        self._decided = True
        self._ignored = bool(config.hook.pytest_ignore_collect(collection_path=self._path, config=config))
        comes, loses = _coming_by(config, self._path)
        named = bool(names_asked(config, self._path))
        self._runs = (comes or named or self._wanted()) and not self._ignored
        comes = comes or (named and not self._options.run)
        if self._runs and (loses or not comes):
            # Before version 9, pytest runs a case twice that is named beside its file.
            config.args[:] = [argument for argument in config.args if _parts(config, argument)[0] != self._path]
            # Relative where it can be: a path with brackets in a folder's name is taken for parameters.
            config.args.append(os.path.relpath(self._path, config.invocation_params.dir))

    def collects(self, path: Path, table: Table | TableError, session: pytest.Session) -> bool:
        """Whether a file that pytest comes by is collected: ``collect = "never"`` must be asked for."""
        if isinstance(table, TableError) or table.collect != "never":
            return True
        return self._options.run or session.isinitpath(path)

    def last_line(self) -> str | None:
        """What to say when declared cases did not run though nothing in their table keeps them from it."""
        if (
            not self._decided
            or self._path is None
            or self._runs
            or (isinstance(self._table, Table) and self._table.collect == "never")
        ):
            return None
        why = f"{self._path.name} is ignored" if self._ignored else "explicit paths"
        way_out = "" if self._ignored else "; add --flopbudget"
        if isinstance(self._table, TableError):
            mistakes = counted(len(self._table.mistakes), "mistake")
            return f"flopbudget: the declared cases did not run ({why}), and {TABLE} has {mistakes}{way_out}"
        cases = self._table.cases if self._table is not None else ()
        number = sum(chosen(case, self._path, self._options) for case in cases)
        return f"flopbudget: {counted(number, 'declared case')} did not run ({why}){way_out}" if number else None

    def _wanted(self) -> bool:
        collect = self._table.collect if isinstance(self._table, Table) else "auto"
        return self._options.run or collect == "always" or (collect == "auto" and not self._explicit)


def paths_are_named(config: pytest.Config, parser: pytest.Parser) -> bool:
    """Whether the command line itself names paths.

    ``addopts = "tests"`` and PYTEST_ADDOPTS are habits, not a choice for this run; pytest's ``args_source`` does not
    tell them from it, so the invocation's own arguments are parsed once more.
    """
    if config.args_source is not config.ArgsSource.ARGS:
        return False
    try:
        known, unknown = parser.parse_known_and_unknown_args(config.invocation_params.args)
    except pytest.UsageError:
        # An option that some plugin requires stands in addopts only: be careful, and take paths as named.
        return True
    # Before pytest 9 a path that follows an option arrives among the unknown.
    return bool(known.file_or_dir) or any(not argument.startswith("-") for argument in unknown)


def names_asked(config: pytest.Config, path: Path) -> list[tuple[str, ...]]:
    """What the arguments name in a file: ``("net", "R96")`` of ``pyproject.toml::net::R96``, ``()`` of the file."""
    return [tuple(names) for base, names in map(partial(_parts, config), config.args) if base == path]


def _parts(config: pytest.Config, argument: str) -> tuple[Path, list[str]]:
    file, *names = argument.split("::")
    return Path(os.path.abspath(config.invocation_params.dir / file)), names  # noqa: PTH100


def _table_path(options: Options, tables: Tables, above: list[Path]) -> Path | None:
    if options.config is not None:
        if tables.read(options.config) is None:
            raise pytest.UsageError(f"--flopbudget-config: {options.config} has no table {TABLE}")
        return options.config
    path = tables.nearest(above)
    if path is None and options.need_a_table:
        option = "--flopbudget-only" if options.only else "--flopbudget" if options.run else "--flopbudget-skip"
        up = "" if len(above) == 1 else f" or above it, up to {above[-1].parent},"
        raise pytest.UsageError(
            f"{option}: no pyproject.toml in {above[0].parent}{up} has a table {TABLE}; "
            "--flopbudget-config=PATH names another file"
        )
    return path


def _coming_by(config: pytest.Config, path: Path) -> tuple[bool, bool]:
    """Whether the arguments lead pytest to a file, and whether it loses the file again on the way.

    Before version 9, pytest drops a folder beside something in it: of ``. tests`` it collects ``tests``.
    """
    parts = [_parts(config, argument) for argument in config.args]
    if any(base == path and not names for base, names in parts):
        return True, False
    bases = [base for base, _ in parts]
    above = [base for base in bases if base in path.parents]
    lost = [base for base in above if any(base in other.parents for other in bases)]
    return bool(above), bool(above) and len(lost) == len(above)
