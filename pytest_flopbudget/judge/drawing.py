"""A plan of memory as it can be drawn: plain data, and bounded, however large the graph is."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_flopbudget.counting.deployment import Deployment, Planner
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.plan import Buffer
from pytest_flopbudget.counting.memory.planning import plan

MOST_DRAWN = 256


@dataclass(frozen=True, slots=True)
class Drawing:
    """The buffers of one forward: when each is alive, and where it is placed.

    Args:
        planner: What placed them; ``"liveness"`` places nothing.
        steps: How many steps the forward has.
        peak_step: The first step at which most bytes are alive, from 0 on.
        peak_bytes: How many those are.
        placed_bytes: Where the last place ends, if they have places; else ``peak_bytes``.
        buffers: The largest buffers, in the order in which they are made.
        left_out: How many smaller ones there are.
        left_out_bytes: The bytes of all of those together, which need not be alive at once.
    """

    planner: Planner
    steps: int
    peak_step: int
    peak_bytes: int
    placed_bytes: int
    buffers: tuple[Buffer, ...]
    left_out: int
    left_out_bytes: int


def drawing_of(measurement: Measurement, deployment: Deployment, most: int = MOST_DRAWN) -> Drawing:
    """The plan of a measurement's activations on a deployment, with no more than so many buffers.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    planned = plan(measurement, deployment)
    by_size = sorted(range(len(planned.buffers)), key=lambda at: -planned.buffers[at].bytes)
    rest = by_size[most:]
    return Drawing(
        planner=planned.planner,
        steps=len(planned.steps),
        peak_step=planned.peak_step,
        peak_bytes=planned.peak_bytes,
        placed_bytes=planned.placed_bytes,
        buffers=tuple(planned.buffers[at] for at in sorted(by_size[:most])),
        left_out=len(rest),
        left_out_bytes=sum(planned.buffers[at].bytes for at in rest),
    )
