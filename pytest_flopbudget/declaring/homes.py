"""Where what is declared stands: in which file, and below which of its keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as File

from pytest_flopbudget.declaring.entries import entries
from pytest_flopbudget.declaring.keys import MODELS, TABLE
from pytest_flopbudget.declaring.lines import Path
from pytest_flopbudget.declaring.mentions import OWN_FILE
from pytest_flopbudget.declaring.written import read_written

ROOT: Path = ("tool", TABLE)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a model stands.

    Args:
        file: The file as places call it: the table's, or one that this includes.
        path: The keys that lead to the model, below the root of our table.
        in_python: Whether the file is one of Python, in which the model is declared.
    """

    file: str
    path: Path
    in_python: bool = False


def root_in(file: str, table: str) -> Path:
    """The keys that lead to the root of our table in one of its files; none where it has the table's keys at its top.

    Args:
        file: The file as places call it.
        table: The table's own file as they call that.
    """
    return ROOT if file == table and File(file).name != OWN_FILE else ()


def homes_of(file: File, called: str | None = None) -> dict[str, Home]:
    """Where each model stands; all models of a template stand in one place.

    Args:
        file: A file whose table has been read without a mistake in its names.
        called: The file as places call it; by its name alone unless said.

    Raises:
        TableError: A file cannot be read.
    """
    written, spot = read_written(file, called)
    models = None if written is None else written.get(MODELS.name)
    found = entries(models if isinstance(models, dict) else {}, spot / MODELS.name)
    return {
        name: Home(entry.spot.place.path, entry.spot.path, entry.spot.is_in_python)
        for name, entry in found.by_name.items()
    }
