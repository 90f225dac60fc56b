"""Ranges of bytes that are taken, and the spans of steps at which they are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Ranges:
    """Ranges of integers without overlap, in their order; ranges that meet are one."""

    __slots__ = ("ends", "starts")

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []

    def add(self, start: int, end: int) -> None:
        """Take a range, which may overlap those that are there."""
        starts, ends = self.starts, self.ends
        if not starts or start > ends[-1]:
            starts.append(start)
            ends.append(end)
            return
        first = bisect_left(ends, start)
        behind = bisect_right(starts, end)
        if first < behind:
            start, end = min(start, self.starts[first]), max(end, self.ends[behind - 1])
        self.starts[first:behind] = [start]
        self.ends[first:behind] = [end]

    def free_from(self, place: int, size: int) -> int:
        """The lowest place from a place on at which a size is free."""
        at = bisect_right(self.ends, place)
        while at < len(self.starts) and self.starts[at] < place + size:
            place = max(place, self.ends[at])
            at += 1
        return place


class _Span(NamedTuple):
    """Some steps: what is taken at all of them, and what at any."""

    always: Ranges
    ever: Ranges


class Occupation:
    """Which bytes are taken at which steps, for lifetimes that are all known beforehand.

    Steps are gathered in a tree of spans, each half of the one above it, so that any lifetime is made up of a few
    spans. Each span knows what is taken all the time, and those of which a lifetime is made up also what is taken at
    any time within them. So what is free during a lifetime is told by a few spans, however many buffers there are; and
    buffers side by side are one range.
    """

    def __init__(self, lifetimes: Sequence[tuple[int, int]]) -> None:
        self._leaves = 1 << max((last for _, last in lifetimes), default=0).bit_length()
        made_up = {lifetime: self._spans(*lifetime) for lifetime in lifetimes}
        spans = {span: _Span(Ranges(), Ranges()) for found in made_up.values() for span in found}
        # Many lifetimes are the same. A span that none is made up of is asked nothing.
        within = {
            lifetime: ([spans[each] for each in found], [spans[each] for each in _above(found) if each in spans])
            for lifetime, found in made_up.items()
        }
        self._within = [within[lifetime] for lifetime in lifetimes]

    def place(self, at: int, size: int) -> int:
        """Take the lowest bytes that are free during all of a lifetime, and tell where they begin."""
        spans, above = self._within[at]
        taken = [span.ever for span in spans if span.ever.starts]
        taken += [span.always for span in above if span.always.starts]
        place = _lowest_gap(taken, size)
        for span in spans:
            span.always.add(place, place + size)
            span.ever.add(place, place + size)
        for span in above:
            span.ever.add(place, place + size)
        return place

    def _spans(self, first: int, last: int) -> list[int]:
        """The fewest spans that make up a lifetime."""
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


def _above(spans: Iterable[int]) -> set[int]:
    """Every span that has one of some spans below it."""
    found: set[int] = set()
    for span in spans:
        above = span >> 1
        while above and above not in found:
            found.add(above)
            above >>= 1
    return found


def _lowest_gap(taken: Sequence[Ranges], size: int) -> int:
    """The lowest place at which a size is free in all of some ranges."""
    place, before = 0, -1
    while place != before:
        before = place
        for ranges in taken:
            place = ranges.free_from(place, size)
    return place
