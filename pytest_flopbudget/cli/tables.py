"""The tables that a command is about: the nearest, or the one that is named, and its members."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.declaring.mentions import FILES, mentions_table
from pytest_flopbudget.errors import TableError, did_you_mean, shown
from pytest_flopbudget.files import beside, is_file

_TABLE = "[tool.pytest-flopbudget]"


@dataclass(frozen=True, slots=True)
class Found:
    """A table of the project.

    Args:
        path: Its file, absolute.
        table: What was read of it, or its mistakes.
        is_member: Whether another table names it.
    """

    path: Path
    table: Table | TableError
    is_member: bool = False

    @property
    def called(self) -> str:
        """Its file as the user should read it."""
        return called(self.path)

    def sound(self) -> Table:
        """The table.

        Raises:
            TableError: It has mistakes.
        """
        if isinstance(self.table, TableError):
            raise self.table
        return self.table


def find_tables(config: str | None = None) -> tuple[Found, ...]:
    """The project's table and its members, the nearest above the working directory unless a file is named.

    Raises:
        AskedWrongly: There is none.
    """
    found: dict[Path, Found] = {}
    path = _nearest() if config is None else _named(config)
    for each in _with_members(path, False, found):
        found[each.path] = each
    return tuple(found.values())


def called(path: Path) -> str:
    """A file as the user should read it: relative to the working directory."""
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:
        # On another drive.
        return str(path)


def _with_members(path: Path, is_member: bool, known: dict[Path, Found]) -> Iterator[Found]:
    table = _read(path)
    if table is None or path in known:
        return
    yield Found(path, table, is_member)
    for member in table.members if isinstance(table, Table) else ():
        yield from _with_members(Path(member), True, known)


def _nearest() -> Path:
    here = Path.cwd()
    for path in (folder / name for folder in (here, *here.parents) for name in FILES):
        if mentions_table(path) and _read(path) is not None:
            return path
    raise AskedWrongly(f"no pyproject.toml in {here}, or above, has a table {_TABLE}; --config PATH names another file")


def _named(config: str) -> Path:
    path = Path(os.path.normpath(Path.cwd() / config))
    if not is_file(path):
        hint = did_you_mean(path.name, beside(path))
        raise AskedWrongly(f"--config {shown(config)}: there is no such file{hint}")
    if _read(path) is None:
        raise AskedWrongly(f"--config {shown(config)}: the file has no table {_TABLE}")
    return path


def _read(path: Path) -> Table | TableError | None:
    try:
        return read_table(path, called(path))
    except TableError as error:
        return error
