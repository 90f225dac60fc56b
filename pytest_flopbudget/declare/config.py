"""``[tool.pytest-flopbudget]`` of a TOML file becomes a table of cases, or all of its mistakes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_flopbudget.declare.cases import Table

# A header or a key that names us, or nearly so; a project that only depends on the plugin has neither.
_MENTION = re.compile(
    rb"""^(?:\xef\xbb\xbf)?[ \t]*\[[^\]\n]*(?:flop|budget)|(?:flop|budget)[\w-]*["']?[ \t]*(?:\.|=(?!=))""",
    re.MULTILINE | re.IGNORECASE,
)


def mentions_table(path: Path) -> bool:
    """Whether a file may have a table of ours, or one misspelt: cheap, and never an error."""
    try:
        return _MENTION.search(path.read_bytes()) is not None
    except (OSError, ValueError):
        return False


def read_table(path: Path) -> Table | None:
    """The table of a file; None where it has none.

    Args:
        path: Such as ``pyproject.toml``.

    Raises:
        TableError: With every mistake in the file's order, or with the only one that keeps it from being read.
    """
    # Imported here, so that a suite without budgets pays for none of it.
    from pytest_flopbudget.declare.root import read_root

    return read_root(path)
