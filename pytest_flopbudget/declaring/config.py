"""``[tool.pytest-flopbudget]`` of a TOML file becomes a table of cases, or all of its mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_flopbudget.declaring.cases import Table


def read_table(path: Path, called: str | None = None) -> Table | None:
    """The table of a file; None where it has none.

    Args:
        path: Such as ``pyproject.toml``.
        called: The file as places and mistakes show it; by its name alone unless said.

    Raises:
        TableError: With every mistake in the file's order, or with the only one that keeps it from being read.
    """
    # Imported here, so that plain counting pays for none of it.
    from pytest_flopbudget.declaring.root import read_root

    return read_root(path, called)
