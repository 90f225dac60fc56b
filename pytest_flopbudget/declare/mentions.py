"""Whether a file has to do with us at all: looked at in every suite, so it imports nothing of ours."""

from __future__ import annotations

import re
from pathlib import Path

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
