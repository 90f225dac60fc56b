"""Ranges of bytes: how they join, and where there is room between them."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.memory.ranges import Occupation, Ranges


def ranges(*taken: tuple[int, int]) -> Ranges:
    found = Ranges()
    for start, end in taken:
        found.add(start, end)
    return found


@pytest.mark.parametrize(
    ("taken", "joined"),
    [
        ((), []),
        (((4, 8), (0, 2)), [(0, 2), (4, 8)]),
        (((0, 4), (4, 8)), [(0, 8)]),
        (((4, 8), (0, 4)), [(0, 8)]),
        (((0, 4), (8, 12), (4, 8)), [(0, 12)]),
        (((0, 4), (8, 12), (2, 9)), [(0, 12)]),
        (((0, 9), (2, 5)), [(0, 9)]),
        (((2, 5), (0, 9)), [(0, 9)]),
        (((0, 2), (4, 6), (8, 10), (3, 7)), [(0, 2), (3, 7), (8, 10)]),
    ],
)
def test_ranges_that_meet_are_one(taken: tuple[tuple[int, int], ...], joined: list[tuple[int, int]]) -> None:
    found = ranges(*taken)
    assert list(zip(found.starts, found.ends, strict=True)) == joined


@pytest.mark.parametrize(
    ("place", "size", "lowest"),
    [
        (0, 10, 0),
        (0, 11, 40),
        (9, 1, 9),
        (10, 5, 20),
        (15, 1, 20),
        (19, 10, 20),
        (20, 10, 20),
        (20, 11, 40),
        (40, 99, 40),
    ],
)
def test_the_lowest_place_that_is_free(place: int, size: int, lowest: int) -> None:
    assert ranges((10, 20), (30, 40)).free_from(place, size) == lowest


@pytest.mark.parametrize(
    ("lives", "places"),
    [
        # Each with the bytes that it needs: those that meet at a step stand apart.
        ([(0, 0, 8), (1, 1, 8), (2, 2, 8), (3, 3, 8)], [0, 0, 0, 0]),
        ([(0, 3, 8), (1, 2, 4), (3, 5, 2), (4, 4, 6)], [0, 8, 8, 0]),
        ([(2, 2, 8), (0, 4, 8), (2, 3, 8), (3, 3, 8), (0, 1, 8)], [0, 8, 16, 0, 0]),
        ([(0, 6, 1), (6, 6, 1), (5, 6, 1), (0, 4, 1), (4, 5, 1)], [0, 1, 2, 1, 3]),
        ([(7, 7, 3), (0, 7, 3), (0, 6, 3)], [0, 3, 0]),
    ],
)
def test_places_by_hand(lives: list[tuple[int, int, int]], places: list[int]) -> None:
    occupation = Occupation([(first, last) for first, last, _ in lives])
    assert [occupation.place(at, size) for at, (_, _, size) in enumerate(lives)] == places
