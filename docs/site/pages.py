"""What the site makes of pages that are written for GitHub: names of files as titles, links that leave the folder."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from pathlib import Path

DOCS = Path(__file__).parents[1]
# Pages that are written by hand and by machine at their own times, and need not be there.
_LATER = {"Benchmarks": "benchmarks.md"}

_FENCE = re.compile(r"^```(\w+) (\S+)$", re.MULTILINE)
_OUTSIDE = re.compile(r"\[((?:[^\[\]`]|`[^`]*`)*)\]\(\.\./[^)]*\)")


def on_config(config: MutableMapping[str, object]) -> None:
    """Add those of the later pages that are there to the navigation."""
    entries = config["nav"]
    if isinstance(entries, list):
        entries += [{title: page} for title, page in _LATER.items() if (DOCS / page).is_file()]


def on_page_markdown(markdown: str, **_: object) -> str:
    """A fence that names its file has a title; what lies outside the documentation is named and not linked."""
    titled = _FENCE.sub(r'```\1 title="\2"', markdown)
    # The one escape of GitHub's Markdown in the generated pages that the site's does not know.
    return _OUTSIDE.sub(r"\1", titled).replace(r"\<", "&lt;")
