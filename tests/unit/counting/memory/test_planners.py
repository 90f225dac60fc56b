"""Planners against the shortest way to write them, and what any plan must keep."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flopbudget.counting.deployment import PLANNERS
from pytest_flopbudget.counting.memory.plan import Buffer
from pytest_flopbudget.counting.memory.planners import PLANNING, tflm_greedy


def buffers(*lives: tuple[int, int, int]) -> list[Buffer]:
    """From (bytes, first step, last step)."""
    return [Buffer((size,), "int8", size, start, end, "aten::mul", "") for size, start, end in lives]


def by_trying(lives: Sequence[Buffer]) -> tuple[tuple[int, ...], int]:
    """Each buffer at the lowest multiple of 16 where it meets none that is placed and lives at the same time."""
    sizes = [-(-each.bytes // 16) * 16 for each in lives]
    offsets: dict[int, int] = {}
    for at in sorted(range(len(lives)), key=lambda at: (sizes[at], at), reverse=True):
        meeting = [
            (offsets[other], offsets[other] + sizes[other])
            for other in offsets
            if lives[other].start <= lives[at].end and lives[at].start <= lives[other].end and sizes[other]
        ]
        place = 0
        while sizes[at] and any(start < place + sizes[at] and place < end for start, end in meeting):
            place += 16
        offsets[at] = place
    whole = max((offsets[at] + sizes[at] for at in offsets if sizes[at]), default=0)
    return tuple(offsets[at] for at in range(len(lives))), whole


LIVES = st.lists(
    st.tuples(st.integers(0, 90), st.integers(0, 12), st.integers(0, 12)).map(
        lambda life: (life[0], min(life[1:]), max(life[1:]))
    ),
    max_size=25,
)


@given(LIVES)
def test_greedy_is_what_trying_every_place_gives(lives: list[tuple[int, int, int]]) -> None:
    placement = tflm_greedy(buffers(*lives))
    assert (placement.offsets, placement.size) == by_trying(buffers(*lives))


@given(LIVES)
def test_no_place_is_taken_twice_at_once(lives: list[tuple[int, int, int]]) -> None:
    offsets = tflm_greedy(buffers(*lives)).offsets
    placed = [(place, *life) for place, life in zip(offsets, lives, strict=True)]
    for at, (place, size, start, end) in enumerate(placed):
        for other, other_size, other_start, other_end in placed[:at]:
            at_once = start <= other_end and other_start <= end
            assert not (at_once and place < other + other_size and other < place + size)


@pytest.mark.parametrize(
    ("lives", "offsets", "size"),
    [
        ((), (), 0),
        (((10, 0, 0),), (0,), 16),
        # Of equals the one made last is placed first.
        (((16, 0, 1), (16, 1, 2)), (16, 0), 32),
        # The third fits between the steps of the first.
        (((64, 0, 1), (32, 1, 2), (48, 2, 3)), (0, 64, 0), 96),
        # A chain of three leaves a gap of 16 below the last, which is too small for it.
        (((48, 0, 1), (32, 1, 2), (32, 2, 3)), (0, 48, 0), 80),
        (((0, 0, 5), (16, 0, 5)), (0, 0), 16),
    ],
)
def test_greedy_by_hand(lives: tuple[tuple[int, int, int], ...], offsets: tuple[int, ...], size: int) -> None:
    placement = tflm_greedy(buffers(*lives))
    assert (placement.offsets, placement.size) == (offsets, size)


def test_every_planner_of_a_deployment_is_there() -> None:
    assert tuple(PLANNING) == PLANNERS
    assert [place(buffers((1, 0, 0))) is None for place in PLANNING.values()] == [True, False]
