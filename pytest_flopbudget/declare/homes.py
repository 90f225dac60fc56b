"""Where each declared model stands in its file."""

from __future__ import annotations

from pathlib import Path as File

from pytest_flopbudget.declare.entries import entries
from pytest_flopbudget.declare.keys import MODELS, TABLE
from pytest_flopbudget.declare.lines import Path
from pytest_flopbudget.declare.source import read_toml
from pytest_flopbudget.declare.spots import Spot

ROOT: Path = ("tool", TABLE)


def homes_of(file: File) -> dict[str, Path]:
    """The keys that lead to each model, below the root of our table; all models of a template have the same.

    Args:
        file: A file whose table has been read without a mistake in its names.
    """
    data, notebook = read_toml(file)
    tools = data.get("tool")
    table = tools.get(TABLE) if isinstance(tools, dict) else None
    models = table.get(MODELS.name) if isinstance(table, dict) else None
    found = entries(models if isinstance(models, dict) else {}, Spot(notebook, root=ROOT) / MODELS.name)
    return {name: entry.spot.path for name, entry in found.by_name.items()}
