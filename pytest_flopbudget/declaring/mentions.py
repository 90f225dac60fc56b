"""Whether a file has to do with us at all: looked at in every suite, so it imports nothing of ours."""

from __future__ import annotations

import re
from pathlib import Path

# Where a table may stand in a folder, of which it may be in one: as a table of a project's, or as a file of its own.
FILES = ("pyproject.toml", "flopbudget.toml")
OWN_FILE = FILES[1]

# A header or a key that names us, or nearly so; a project that only depends on the plugin has neither.
_MENTION = rb"""^(?:\xef\xbb\xbf)?[ \t]*\[[^\]\n]*(?:flop|budget)|(?:flop|budget)[\w-]*["']?[ \t]*(?:\.|=(?!=))"""


def mentions_table(path: Path) -> bool:
    """Whether a file may have a table of ours, or one misspelt: cheap, and never an error."""
    if path.name == OWN_FILE:
        return path.is_file()
    try:
        text = path.read_bytes().lower()
    except (OSError, ValueError):
        return False
    # Compiled for a file that has one of the words, which few have.
    return (b"flop" in text or b"budget" in text) and re.search(_MENTION, text, re.MULTILINE) is not None
