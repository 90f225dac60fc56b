"""``include``: models, targets and bundles that stand in files of their own, and functions that declare models."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_flopbudget.declaring.declarers import Function
from pytest_flopbudget.declaring.keys import BUNDLES, DECLARERS, INCLUDE, MODELS, TABLE, TARGETS
from pytest_flopbudget.declaring.layers import TableReader
from pytest_flopbudget.declaring.source import parse_toml
from pytest_flopbudget.declaring.spots import Part, Spot, called_beside
from pytest_flopbudget.errors import TableError, did_you_mean, shown
from pytest_flopbudget.files import is_file, is_folder, matching

_KINDS = (MODELS.name, TARGETS.name, BUNDLES.name)
# A file's text, by its path and by what messages call it; None where there is none.
TextOf = Callable[[Path, str], "str | None"]
_WILD = frozenset("*?[")


@dataclass(slots=True)
class Gathered:
    """All of a table that is written in TOML.

    Args:
        table: Its own keys, and behind its own models, targets and bundles those of the files that it includes.
        functions: The functions that it and these files let declare models.
    """

    table: Mapping[str, object]
    functions: list[Function]


def with_included(written: Mapping[str, object], path: Path, spot: Spot, text_of: TextOf) -> Gathered:
    """A table and all that it includes.

    Args:
        written: The table.
        path: Its file, absolute.
        spot: Where it stands; mistakes are noted there and in the files.
        text_of: Reads a file.
    """
    reader = TableReader(written, "root", spot)
    patterns, functions = reader.read(INCLUDE) or (), reader.read(DECLARERS) or ()
    gathered = Gathered(written, [Function(each, spot / DECLARERS.name) for each in functions])
    if not patterns or (spot / INCLUDE.name).has_mistakes_below():
        return gathered
    own = {kind: dict(tables) for kind in _KINDS if isinstance(tables := written.get(kind, {}), dict)}
    files = [file for index, each in enumerate(patterns) for file in _files(each, path, spot / INCLUDE.name / index)]
    for file in dict.fromkeys(files):
        gathered.functions += _include(own, file, called_beside(file, path, spot.notebook), spot, text_of)
    gathered.table = {**written, **{kind: tables for kind, tables in own.items() if tables or kind in written}}
    return gathered


def _include(own: dict[str, dict[str, object]], file: Path, called: str, spot: Spot, text_of: TextOf) -> list[Function]:
    """Put what a file has behind what is there already; the functions that it names."""
    try:
        text = text_of(file, called)
        data, notebook = parse_toml(text or "", called)
    except TableError as error:
        spot.notebook.mistakes += error.mistakes
        return []
    notebook.mistakes, notebook.is_ours = spot.notebook.mistakes, True
    there = Spot(notebook)
    functions = data.get(DECLARERS.name, [])
    _add(own, {kind: tables for kind, tables in data.items() if kind != DECLARERS.name}, there, spot)
    return [Function(each, at) for at in [there / DECLARERS.name] for each in DECLARERS.kind.read(functions, at) or ()]


def _files(written: str, path: Path, spot: Spot) -> Iterator[Path]:
    """The files that one entry of the list leads to."""
    if Path(written).is_absolute():
        spot.wrong(f"{shown(written)} is absolute: write it relative to this file's folder")
        return
    folder = path.parent
    named = Path(os.path.normpath(folder / written))
    found = [named] if is_file(named) else []
    if not found and not _WILD.isdisjoint(written):
        found = [file for file in matching(folder, written) if is_file(file) and file != path]
    if not found:
        beside = named.parent.iterdir() if is_folder(named.parent) else ()
        names = [Path(os.path.relpath(each, folder)).as_posix() for each in beside]
        spot.wrong(f"there is no file {shown(written)}{did_you_mean(written, names)}")
    yield from found


def _add(own: dict[str, dict[str, object]], data: Mapping[str, object], there: Spot, spot: Spot) -> None:
    """Put what a file has behind what is there already."""
    for kind, tables in data.items():
        if kind == "tool":
            (there / kind).wrong(f"write the keys without [tool.{TABLE}] here")
        elif kind not in _KINDS:
            known = (*_KINDS, DECLARERS.name)
            hint = did_you_mean(kind, known) or f"; any other key belongs in {spot.notebook.file}"
            (there / kind).wrong(f"an included file has models, targets, bundles and cases{hint}")
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
