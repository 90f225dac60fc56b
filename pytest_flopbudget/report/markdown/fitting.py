"""How much may still be written: GitHub cuts nothing off, it refuses the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_flopbudget.report.text import counted


@dataclass(slots=True)
class Room:
    """The bytes that are left, as UTF-8 with line ends."""

    left: int

    def take(self, *lines: str) -> bool:
        """Take what some lines need; whether there was as much."""
        needed = sum(len(line.encode()) + 1 for line in lines)
        if needed > self.left:
            return False
        self.left -= needed
        return True

    def lend(self, parts: int) -> Room:
        """One of so many parts, to be taken back later."""
        lent = Room(self.left // parts)
        self.left -= lent.left
        return lent

    def take_back(self, lent: Room) -> None:
        """Add what was lent."""
        self.left += lent.left


def fitting(rows: Sequence[str], room: Room, noun: str, heading: Sequence[str] = ()) -> list[str]:
    """A paragraph of the first rows that there is room for, below its heading, and how many were left out.

    Args:
        rows: The rows, those that matter most first.
        room: What there is; what the paragraph needs is taken from it.
        noun: What a row is on.
        heading: Lines that it begins with.
    """
    if not rows:
        return []
    lines = ["", *heading]
    room.take(*lines)
    number = 0
    while number < len(rows) and room.take(rows[number]):
        number += 1
    more = len(rows) - number
    return [*lines, *rows[:number], *left_out(more, noun)] if number else left_out(more, noun)


def left_out(number: int, noun: str, with_what: str = "") -> list[str]:
    """A paragraph that says how many found no room; none where all did."""
    if number <= 0:
        return []
    return ["", f"And {counted(number, f'more {noun}')}{with_what}, for which there is no room here."]


def fold(heading: str, lines: Iterable[str]) -> list[str]:
    """Lines below a heading that opens them; nothing where there is nothing to open."""
    inside = list(lines)
    return ["", f"<details><summary>{heading}</summary>", *inside, "", "</details>"] if inside else []
