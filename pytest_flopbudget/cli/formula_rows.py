"""What is counted and how: a record for every operator and module that has a formula, or is free."""

from __future__ import annotations

import fnmatch
import inspect
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypedDict

from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.errors import did_you_mean, shown

_CODE = re.compile(r"(?::\w+:)?``?(.+?)``?")
_HERE = Path(__file__).parents[2]


class FormulaRecord(TypedDict):
    """How one operator or module is counted.

    ``says`` is the formula's own docstring, or why a free operator computes nothing; ``place`` is where that stands.
    """

    name: str
    kind: Literal["formula", "free", "module"]
    says: str
    place: str


class FormulasRecord(TypedDict):
    """What ``flopbudget formulas --json`` prints."""

    schema_version: Literal[1]
    formulas: list[FormulaRecord]


def formula_records(table: FormulaTable) -> list[FormulaRecord]:
    """All that a table of formulas knows: formulas by name, then the free operators, then modules."""
    formulas: list[FormulaRecord] = [
        {"name": name, "kind": "formula", "says": _documented(mark.function), "place": _place(mark.place)}
        for name, mark in table.formulas.items()
    ]
    free: list[FormulaRecord] = [
        {"name": name, "kind": "free", "says": mark.reason, "place": _place(mark.place)}
        for name, mark in table.free.items()
    ]
    modules: list[FormulaRecord] = [
        {"name": mark.name, "kind": "module", "says": _documented(mark.function), "place": _place(mark.place)}
        for mark in table.modules.values()
    ]
    return [row for rows in (formulas, free, modules) for row in sorted(rows, key=lambda row: row["name"])]


def matching(records: Sequence[FormulaRecord], name: str) -> list[FormulaRecord]:
    """The records of a name, with or without its namespace, or of a glob.

    Raises:
        AskedWrongly: Nothing of the name is known; with the nearest right spelling.
    """
    found = [row for row in records if any(fnmatch.fnmatchcase(each, name) for each in _names(row["name"]))]
    if not found:
        short = [_names(row["name"])[-1] for row in records] if "::" not in name else [row["name"] for row in records]
        hint = did_you_mean(name, short) or ""
        raise AskedWrongly(
            f"{shown(name)} has neither a formula nor a place among the free{hint or ': a call of it is uncounted'}"
        )
    return found


def _names(name: str) -> tuple[str, ...]:
    return name, name.rpartition("::")[2]


def _documented(function: object) -> str:
    """A docstring in plain text; one paragraph a line."""
    text = _CODE.sub(r"\1", inspect.getdoc(function) or "")
    return "\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _place(place: str) -> str:
    """A place from the working directory, or of ours from the package's."""
    file, _, line = place.rpartition(":")
    path = Path(file)
    if not file or not path.is_absolute():
        return place
    if path.is_relative_to(_HERE):
        return f"{path.relative_to(_HERE).as_posix()}:{line}"
    try:
        return f"{Path(os.path.relpath(path)).as_posix()}:{line}"
    except ValueError:
        # On another drive.
        return place
