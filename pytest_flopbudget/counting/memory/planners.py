"""Planners: where buffers are placed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pytest_flopbudget.counting.deployment import Planner
from pytest_flopbudget.counting.memory.plan import Buffer
from pytest_flopbudget.counting.memory.ranges import Occupation


@dataclass(frozen=True, slots=True)
class Placement:
    """Where buffers are placed.

    Args:
        offsets: The place of each, in bytes.
        size: The bytes of all places together.
    """

    offsets: tuple[int, ...]
    size: int


# From buffers in the order in which they are made to their places; None places nothing.
Placing = Callable[[Sequence[Buffer]], "Placement | None"]

_TFLM_ALIGNMENT = 16


def liveness(buffers: Sequence[Buffer]) -> None:
    """No places: what is alive at once is all that counts."""


def tflm_greedy(buffers: Sequence[Buffer]) -> Placement:
    """TFLite Micro's greedy planner: each buffer in the lowest gap among those that live at the same time as it.

    The largest are placed first, of equals the one made last; sizes are rounded up to 16 bytes. Source:
    ``tensorflow/lite/micro/memory_planner/greedy_memory_planner.cc`` in tflite-micro.
    """
    occupation = Occupation([(buffer.start, buffer.end) for buffer in buffers])
    offsets, whole = [0] * len(buffers), 0
    for at in sorted(range(len(buffers)), key=lambda at: (-_aligned(buffers[at].bytes), -at)):
        size = _aligned(buffers[at].bytes)
        if size:
            offsets[at] = occupation.place(at, size)
            whole = max(whole, offsets[at] + size)
    return Placement(tuple(offsets), whole)


def _aligned(size: int) -> int:
    return -(-size // _TFLM_ALIGNMENT) * _TFLM_ALIGNMENT


PLANNING: Mapping[Planner, Placing] = {"liveness": liveness, "tflm-greedy": tflm_greedy}
