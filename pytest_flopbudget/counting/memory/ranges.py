"""Ranges of bytes that are taken, and times at which they are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator


class Ranges:
    """Ranges of integers without overlap, in their order; ranges that meet are one."""

    __slots__ = ("ends", "starts")

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []

    def add(self, start: int, end: int) -> None:
        """Take a range, which may overlap those that are there."""
        first = bisect_left(self.ends, start)
        behind = bisect_right(self.starts, end)
        if first < behind:
            start, end = min(start, self.starts[first]), max(end, self.ends[behind - 1])
        self.starts[first:behind] = [start]
        self.ends[first:behind] = [end]


class Occupation:
    """Which bytes are taken at which steps: a tree of spans of steps, each half of the one above it.

    Each span knows what is taken all the time, and what is taken at any time within it. So what is taken at any of
    some steps is told by a few spans, and ranges side by side are one however many buffers they hold.
    """

    def __init__(self, steps: int) -> None:
        self._leaves = 1 << max(steps - 1, 0).bit_length()
        self._always = [Ranges() for _ in range(2 * self._leaves)]
        self._ever = [Ranges() for _ in range(2 * self._leaves)]

    def take(self, first: int, last: int, start: int, end: int) -> None:
        """Take bytes from one step to another, both included."""
        for span in self._spans(first, last):
            self._always[span].add(start, end)
        for span in self._above(first, last):
            self._ever[span].add(start, end)

    def lowest_gap(self, first: int, last: int, size: int) -> int:
        """The lowest place of some bytes that are free at every step from one to another."""
        taken: list[tuple[int, int]] = []
        spans = self._spans(first, last)
        above = {each >> shift for each in spans for shift in range(1, each.bit_length())}
        for ranges in (*(self._ever[span] for span in spans), *(self._always[span] for span in above)):
            if ranges.starts:
                taken += zip(ranges.starts, ranges.ends, strict=True)
        taken.sort()
        place = 0
        for start, end in taken:
            if start - place >= size:
                break
            place = max(place, end)
        return place

    def _spans(self, first: int, last: int) -> list[int]:
        """The fewest spans that make up some steps."""
        found, low, high = [], first + self._leaves, last + self._leaves + 1
        while low < high:
            if low & 1:
                found.append(low)
                low += 1
            if high & 1:
                high -= 1
                found.append(high)
            low, high = low >> 1, high >> 1
        return found

    def _above(self, first: int, last: int) -> Iterator[int]:
        """Every span that has one of those that make up some steps below it, and those themselves."""
        spans = self._spans(first, last)
        yield from {each >> shift for each in spans for shift in range(each.bit_length())}
