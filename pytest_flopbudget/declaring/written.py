"""The table as it is written: in a project's file or in one of its own, in those that it includes, and in Python."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pytest_flopbudget.declaring.declarers import with_declared
from pytest_flopbudget.declaring.included import Gathered, TextOf, with_included
from pytest_flopbudget.declaring.keys import BUNDLES, MEMBERS, TABLE, TABLES
from pytest_flopbudget.declaring.mentions import FILES, OWN_FILE, mentions_table
from pytest_flopbudget.declaring.names import note_other_names
from pytest_flopbudget.declaring.source import parse_toml, read_text, read_toml
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import TableError, shown

Written = tuple[Mapping[str, object] | None, Spot]


def read_written(path: Path, called: str | None = None, text: str | None = None) -> Written:
    """All that is written in the table of a file, and where its mistakes are noted; None where it has no table.

    The functions that it lets declare models are imported and called.

    Args:
        path: The file: ``flopbudget.toml`` has the table's keys at its top.
        called: The file as places and mistakes show it; by its name alone unless said.
        text: What the file is to say, in the place of what it says now.

    Raises:
        TableError: A file cannot be read.
    """
    called = called or path.name
    text = read_text(path, called) if text is None else text.removeprefix("\ufeff")
    table, spot = _written(path, text, called)
    if table is not None:
        _refuse_both(path, spot)
        gathered = _gathered(table, path, spot, read_text)
        table = with_declared(gathered.table, gathered.functions, path.absolute(), spot)
    return table, spot


def read_past_written(path: Path, text: str, called: str, text_of: TextOf) -> Written:
    """The same of a file as it was; what its members were is no matter, since they may be gone.

    No function is called: what it would declare now is not what it declared then.

    Args:
        path: The file now: what the table names relative to it is found there.
        text: The file's text then.
        called: The file as places and mistakes show it.
        text_of: Another file's text then; None where it was not there.

    Raises:
        TableError: It is no TOML.
    """
    table, spot = _written(path, text, called)
    if table is not None:
        gathered = _gathered(table, path, spot, text_of)
        # What may be about models that are declared in Python cannot be read without them.
        left_out = {MEMBERS.name, *((BUNDLES.name, TABLES.name) if gathered.functions else ())}
        table = {key: each for key, each in gathered.table.items() if key not in left_out}
    return table, spot


def _gathered(table: Mapping[str, object], path: Path, spot: Spot, text_of: TextOf) -> Gathered:
    gathered = with_included(table, path.absolute(), spot, text_of)
    spot.notebook.declarers += [(each.path, each.spot.place) for each in gathered.functions]
    return gathered


def _written(path: Path, text: str, called: str) -> Written:
    data, notebook = parse_toml(text, called)
    if path.name == OWN_FILE:
        notebook.is_ours = True
        if "tool" in data:
            Spot(notebook, path=("tool",)).wrong(f"write the keys without [tool.{TABLE}] here")
        return {key: each for key, each in data.items() if key != "tool"}, Spot(notebook)
    spot = Spot(notebook, root=("tool", TABLE))
    note_other_names(data, notebook)
    tools = data.get("tool")
    written = tools.get(TABLE) if isinstance(tools, dict) else None
    if isinstance(written, dict):
        return written, spot
    if written is not None:
        spot.wrong(f"{shown(written)} stands where a table was expected: [tool.{TABLE}]")
    return None, spot


def _refuse_both(path: Path, spot: Spot) -> None:
    """A folder has one table."""
    if path.name not in FILES:
        return
    other = path.with_name(next(name for name in FILES if name != path.name))
    if other.name == OWN_FILE and other.is_file():
        spot.wrong(f"{OWN_FILE} stands beside it, and one of the two counts: move the keys there, or remove it")
    elif other.name != OWN_FILE and _has_table(other):
        spot.wrong(f"{other.name} beside it has a table [tool.{TABLE}], and one of the two counts: remove one")


def _has_table(path: Path) -> bool:
    if not mentions_table(path):
        return False
    try:
        data, _ = read_toml(path)
    except TableError:
        # It says so itself where it is read.
        return False
    tools = data.get("tool")
    return isinstance(tools, dict) and TABLE in tools
