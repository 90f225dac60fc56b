"""``include``: models, targets and bundles that stand in files of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pytest_flopbudget.declaring.keys import BUNDLES, INCLUDE, MODELS, TABLE, TARGETS
from pytest_flopbudget.declaring.layers import TableReader
from pytest_flopbudget.declaring.source import parse_toml
from pytest_flopbudget.declaring.spots import Part, Spot
from pytest_flopbudget.errors import TableError, did_you_mean, shown

_KINDS = (MODELS.name, TARGETS.name, BUNDLES.name)
# A file's text, by its path and by what messages call it; None where there is none.
TextOf = Callable[[Path, str], "str | None"]
_WILD = frozenset("*?[")


def with_included(written: Mapping[str, object], path: Path, spot: Spot, text_of: TextOf) -> Mapping[str, object]:
    """A table with the models, targets and bundles of the files that it includes behind its own.

    Args:
        written: The table.
        path: Its file, absolute.
        spot: Where it stands; mistakes are noted there and in the files.
        text_of: Reads a file.
    """
    patterns = TableReader(written, "root", spot).read(INCLUDE) or ()
    if not patterns or (spot / INCLUDE.name).has_mistakes_below():
        return written
    own = {kind: dict(tables) for kind in _KINDS if isinstance(tables := written.get(kind, {}), dict)}
    files = [file for index, each in enumerate(patterns) for file in _files(each, path, spot / INCLUDE.name / index)]
    for file in dict.fromkeys(files):
        _include(own, file, _called(file, path, spot), spot, text_of)
    return {**written, **{kind: tables for kind, tables in own.items() if tables or kind in written}}


def _include(own: dict[str, dict[str, object]], file: Path, called: str, spot: Spot, text_of: TextOf) -> None:
    try:
        text = text_of(file, called)
        data, notebook = parse_toml(text or "", called)
    except TableError as error:
        spot.notebook.mistakes += error.mistakes
        return
    notebook.mistakes, notebook.is_ours = spot.notebook.mistakes, True
    _add(own, data, Spot(notebook), spot)


def _files(written: str, path: Path, spot: Spot) -> Iterator[Path]:
    """The files that one entry of the list leads to."""
    if Path(written).is_absolute():
        spot.wrong(f"{shown(written)} is absolute: write it relative to this file's folder")
        return
    folder = path.parent
    named = Path(os.path.normpath(folder / written))
    found = [named] if named.is_file() else []
    if not found and not _WILD.isdisjoint(written):
        found = sorted(file for file in folder.glob(written) if file.is_file() and file != path)
    if not found:
        beside = named.parent.iterdir() if named.parent.is_dir() else ()
        names = [Path(os.path.relpath(each, folder)).as_posix() for each in beside]
        spot.wrong(f"there is no file {shown(written)}{did_you_mean(written, names)}")
    yield from found


def _add(own: dict[str, dict[str, object]], data: Mapping[str, object], there: Spot, spot: Spot) -> None:
    """Put what a file has behind what is there already."""
    for kind, tables in data.items():
        if kind == "tool":
            (there / kind).wrong(f"write the keys without [tool.{TABLE}] here")
        elif kind not in _KINDS:
            hint = did_you_mean(kind, _KINDS) or f"; any other key belongs in {spot.notebook.file}"
            (there / kind).wrong(f"an included file has models, targets and bundles{hint}")
        elif not isinstance(tables, dict):
            (there / kind).wrong(f"{shown(tables)} stands where a table was expected, as in [{kind}.net]")
        else:
            for name, table in tables.items():
                if kind in own:
                    _add_one(own[kind], (kind, name), table, there, spot)


def _add_one(own: dict[str, object], key: tuple[str, str], table: object, there: Spot, spot: Spot) -> None:
    if key[1] in own:
        there.down(*key).wrong(f"it stands at {spot.down(*key).place} already")
        return
    own[key[1]] = table
    notebook = there.notebook
    spot.notebook.parts[(*spot.root, *key)] = Part(notebook.file, notebook.lines, len(spot.root))


def file_called(called: str, path: Path, table: str) -> Path:
    """The file that messages call so: the table's own, or one that it includes.

    Args:
        called: The file as messages call it.
        path: The table's own file.
        table: That file as they call it.
    """
    return Path(os.path.normpath(path.parent / os.path.relpath(called, Path(table).parent)))


def _called(file: Path, path: Path, spot: Spot) -> str:
    """A file as messages call it, in the manner of the one that includes it."""
    return Path(os.path.normpath(Path(spot.notebook.file).parent / os.path.relpath(file, path.parent))).as_posix()
