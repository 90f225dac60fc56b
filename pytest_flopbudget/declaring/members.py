"""``members``: the other tables of a monorepo, found where the root's table says that they are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_flopbudget.declaring.keys import TABLE
from pytest_flopbudget.declaring.mentions import FILES, OWN_FILE, mentions_table
from pytest_flopbudget.declaring.names import note_other_names
from pytest_flopbudget.declaring.source import read_toml
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import TableError, did_you_mean, shown
from pytest_flopbudget.files import is_file, is_folder, matching

_FILE = FILES[0]
_WILD = frozenset("*?[")


def find_members(written: Sequence[str], path: Path, spot: Spot) -> tuple[str, ...]:
    """The absolute files that have the tables of members, each once; mistakes are noted at their spots.

    Args:
        written: Folders and files, relative to the table's own; ``*``, ``?`` and ``[…]`` stand for parts of a name.
        path: The table's own file, absolute.
        spot: Where the list stands.
    """
    if spot.has_mistakes_below():
        # What could be read no longer stands at its number in the list.
        return ()
    files = [file for index, each in enumerate(written) for file in _found(each, path, spot / index)]
    return tuple(dict.fromkeys(files))


def _found(written: str, path: Path, spot: Spot) -> Iterator[str]:
    """The files that one entry of the list leads to."""
    if Path(written).is_absolute():
        spot.wrong(f"{shown(written)} is absolute: write it relative to this file's folder")
    elif _is_there(path.parent / written) or _WILD.isdisjoint(written):
        yield from _named(written, path, spot)
    elif "**" in written:
        spot.wrong(f"{shown(written)} would search every folder: name them, as in 'services/*'")
    else:
        yield from _matching(written, path, spot)


def _named(written: str, path: Path, spot: Spot) -> Iterator[str]:
    member = _normal(path.parent / written)
    file = _file_in(member) if is_folder(member) else member
    if not _is_there(member):
        folder = Path(written).parent
        siblings = [(folder / each).as_posix() for each in _names_in(member.parent)]
        spot.wrong(f"there is no {shown(written)}{did_you_mean(written, siblings)}")
    elif file == path:
        spot.wrong(f"{shown(written)} is this very table")
    elif not is_file(file):
        spot.wrong(f"{shown(written)} has no {_FILE}")
    elif not _has_table(file):
        spot.wrong(f"{_relative(file, path)} has no table [tool.{TABLE}]")
    else:
        yield str(file)


def _matching(written: str, path: Path, spot: Spot) -> Iterator[str]:
    """What a pattern matches and has a table; other folders may well stand among them."""
    matched = sorted(_normal(each) for each in matching(path.parent, written))
    files = [_file_in(each) if is_folder(each) else each for each in matched]
    members = [file for file in files if file != path and is_file(file) and _has_table(file)]
    if not matched:
        spot.wrong(f"nothing matches {shown(written)}")
    elif not members:
        names = ", ".join(_relative(each, path) for each in matched[:3]) + (", …" if len(matched) > 3 else "")
        spot.wrong(f"nothing that matches {shown(written)} has a table [tool.{TABLE}]: {names}")
    yield from map(str, members)


def _file_in(folder: Path) -> Path:
    """The file of a folder's table: the project's, but where one of its own stands there and that has none."""
    project, own = (folder / name for name in FILES)
    return own if own.is_file() and not (project.is_file() and _has_table(project)) else project


def _has_table(path: Path) -> bool:
    """Whether a file has a table of ours, be it one with mistakes or a misspelt name: those it tells itself."""
    if path.name == OWN_FILE or not mentions_table(path):
        return path.name == OWN_FILE
    try:
        data, notebook = read_toml(path)
    except TableError:
        return True
    note_other_names(data, notebook)
    tools = data.get("tool")
    return bool(notebook.mistakes) or (isinstance(tools, dict) and TABLE in tools)


def _names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir()) if is_folder(folder) else []


def _relative(path: Path, table: Path) -> str:
    return Path(os.path.relpath(path, table.parent)).as_posix()


def _is_there(path: Path) -> bool:
    return is_file(path) or is_folder(path)


def _normal(path: Path) -> Path:
    # Resolving would lose a file that stands behind a link.
    return Path(os.path.normpath(path))
