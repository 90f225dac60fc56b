"""Which declared cases a run is about, by their names and globs of them, and how they are judged on a day."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from pytest_flopbudget.declaring.cases import Bundle, Case
from pytest_flopbudget.declaring.costs import PaperTable
from pytest_flopbudget.declaring.finding import nearest_name
from pytest_flopbudget.files import is_file
from pytest_flopbudget.judge.tolerance import level_on
from pytest_flopbudget.judge.verdicts import Level

Declared = TypeVar("Declared", Case, Bundle)


def on_day(case: Declared, today: date, level: Level | None = None) -> Declared:
    """The case with the ``level`` that beats the table's, or with that of the day."""
    return replace(case, level=level or level_on(today, case.level, case.until))


def is_chosen(case: Case | Bundle | PaperTable, files: Sequence[str], only: Sequence[str], skip: Sequence[str]) -> bool:
    """Whether names and globs leave a case in.

    Args:
        case: A case, a bundle, or a table of costs.
        files: Its table's file, as the user may write it.
        only: What to keep; empty keeps all.
        skip: What to leave out.
    """
    if not (only or skip):
        return True
    names = _names(case, files)
    kept = not only or any(_matches(names, pattern) for pattern in only)
    return kept and not any(_matches(names, pattern) for pattern in skip)


def files_named(patterns: Iterable[str], folder: Path) -> Iterator[Path]:
    """The files that patterns begin with, as ``services/a/pyproject.toml::net`` does; relative to a folder."""
    for pattern in patterns:
        path = Path(os.path.normpath(folder / pattern.partition("::")[0]))
        if path.suffix == ".toml" and is_file(path):
            yield path


def hint_if_unmatched(pattern: str, cases: Sequence[tuple[Case | Bundle | PaperTable, Sequence[str]]]) -> str | None:
    """None where a pattern fits a case; else the nearest name as a hint, which may be empty.

    Args:
        pattern: A name or a glob.
        cases: Every case, and its table's file as the user may write it.
    """
    if any(_matches(_names(case, files), pattern) for case, files in cases):
        return None
    names = list(dict.fromkeys(name for case, files in cases for name in _names(case, files)))
    return nearest_name(pattern, [case for case, _ in cases if isinstance(case, Case)], names)


def _names(case: Case | Bundle | PaperTable, files: Sequence[str]) -> list[str]:
    below = [name for file in files for name in (file, f"{file}::{case.model}", f"{file}::{case.id}")]
    return [case.model, case.id, *below]


def _matches(names: Iterable[str], pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for name in names)
