"""Small helpers for text that fits a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 80


def shortened(text: str, width: int) -> str:
    """A text cut in its middle to a width in characters; both ends of a dotted path tell something."""
    if len(text) <= width:
        return text
    tail = (width - 3) * 2 // 3
    return f"{text[: width - 3 - tail]}...{text[len(text) - tail :]}"


def wrapped(text: str, first: str, rest: str, width: int = WIDTH) -> list[str]:
    """A text in lines no wider than asked, after a prefix; a word that is too long stays whole."""
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    ) or [first.rstrip()]


def indented(lines: Sequence[str], by: int = 4) -> list[str]:
    """Lines moved to the right, empty ones left empty."""
    return [" " * by + line if line else "" for line in lines]


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``"1 case"``, ``"1,200 cases"``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: ``"a.toml, b.toml and c.toml"``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
