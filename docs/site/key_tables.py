"""The tables of keys in the documentation: what is said of each key, and in which of our tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

DOCS = Path(__file__).parents[1]

# The tables under a heading are those of these places.
_PLACES = {
    ("declarations.md", "The root table"): ("root",),
    ("declarations.md", "A case"): ("defaults", "model", "point"),
    ("lock.md", "Policies"): ("root",),
    ("metrics.md", "The metrics"): ("defaults", "model", "point", "target"),
    ("tables.md", "Tables for READMEs and papers"): ("table",),
    ("targets.md", "The keys of a target"): ("target",),
    ("targets.md", "Bundles"): ("bundle",),
}
_HEADS = ("key", "key of the root table", "metric")
_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[((?:[^\[\]`]|`[^`]*`)*)\]\([^)]*\)")
_NOTHING = ("", "none")


def told_keys() -> dict[tuple[str, str], str]:
    """What the documentation says of each key, by the table where it stands and its name; the last said counts."""
    told: dict[tuple[str, str], str] = {}
    for (page, heading), places in _PLACES.items():
        for names, says in rows(page, heading):
            told |= {(place, name): says for place in places for name in names}
    return told


def rows(page: str, heading: str) -> Iterator[tuple[list[str], str]]:
    """The rows of the tables of keys under a heading of a page: the keys, and what is said of them."""
    # What begins with a sharp in a block of code is no heading.
    text = _BLOCK.sub("", (DOCS / page).read_text(encoding="utf-8"))
    section = re.split(rf"^#+ {re.escape(heading)}\n", text, maxsplit=1, flags=re.MULTILINE)[1]
    head: list[str] = []
    for line in re.split(r"^#+ ", section, maxsplit=1, flags=re.MULTILINE)[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        head = (head or cells) if cells else []
        if head and head[0] in _HEADS and (names := re.findall(r"`(\w+)`", cells[0])):
            yield names, says(dict(zip(head[1:], cells[1:], strict=True)))


def says(cells: dict[str, str]) -> str:
    """A row's cells as one plain text."""
    plain = {name: _plain(cell) for name, cell in cells.items()}
    default = plain.pop("default", "")
    unit = plain.pop("unit", "")
    text = " ".join(filter(None, plain.values()))
    text = f"A limit, in {unit}: {text}" if unit else text
    if default.startswith("needed"):
        return f"{text}. {default.capitalize()}."
    return f"{text}. Default: {default}." if default not in _NOTHING else f"{text}."


def _plain(cell: str) -> str:
    text = _LINK.sub(r"\1", cell).replace("`", "").replace("**", "")
    text = re.sub(r"\*(\w+)\*", r"\1", text)
    return re.sub(r",? as described here$", "", text).strip()
