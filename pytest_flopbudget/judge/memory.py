"""Where most memory is in use, and what an arena is made up of: plain data, for whoever has to make it less."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.plan import Buffer, Plan
from pytest_flopbudget.counting.memory.planning import plan
from pytest_flopbudget.counting.memory.weights import weight_bytes


@dataclass(frozen=True, slots=True)
class Alive:
    """An activation that is alive at the peak.

    Args:
        operator: What made it; ``""`` for an input of the model.
        module: The path of the module in which that ran; ``""`` for an input and for the root.
        copy: Whether the deployment makes it, and the model does not.
        shape: Its sizes, in elements.
        dtype: Its element type in the deployment.
        bytes: Its size.
        offset: Where it is placed, in bytes; None where nothing is placed, or it is not of matter.
    """

    operator: str
    module: str
    copy: bool
    shape: tuple[int, ...]
    dtype: str
    bytes: int
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """What an arena has beside buffers of activations.

    Args:
        what: What it is: ``"weights"``, ``"the runtime's own"``, or what is kept between forwards, by its name.
        bytes: Its size.
    """

    what: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Peak:
    """The step of a forward at which most bytes are alive.

    Args:
        step: Which it is, from 1 on; 0 where there is none, and what goes in comes out.
        steps: How many there are.
        operator: The operator of the step.
        module: The path of the module in which it runs.
        alive: What is alive there, the largest first.
        bytes: How much that is.
        placed: Where the planner places buffers, the end of the last one; else the same.
        state: What is kept between forwards beside it, in bytes.
        stack: Where the buffers take more than is alive at once, the one at the arena's end, and each that the one
            before it stands on, since both live at some step.
        beside: What else the arena has.
    """

    step: int
    steps: int
    operator: str
    module: str
    alive: tuple[Alive, ...]
    bytes: int
    placed: int
    state: int
    stack: tuple[Alive, ...] = ()
    beside: tuple[Beside, ...] = ()


def peak_of(measurement: Measurement, deployment: Deployment) -> Peak:
    """The peak of a measurement's activations on a deployment.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    planned = plan(measurement, deployment)
    at = planned.peak_step
    step = planned.steps[at] if at < len(planned.steps) else None
    return Peak(
        step=at + 1 if step else 0,
        steps=len(planned.steps),
        operator=step.operator if step else "",
        module=step.module if step else "",
        alive=tuple(_alive(each) for each in planned.alive()),
        bytes=planned.peak_bytes,
        placed=planned.placed_bytes,
        state=planned.state_bytes,
        stack=tuple(_alive(each, each.offset) for each in _stack(planned)),
        beside=tuple(_beside(planned, measurement, deployment)),
    )


def _alive(buffer: Buffer, offset: int | None = None) -> Alive:
    is_copy = buffer.kind == "copy"
    return Alive(buffer.operator, buffer.module, is_copy, buffer.shape, buffer.dtype, buffer.bytes, offset)


def _stack(planned: Plan) -> list[Buffer]:
    """The buffers that stand one on the other up to the arena's end, the topmost first."""
    placed = [(each.offset, each) for each in planned.buffers if each.offset is not None and each.bytes]
    if not placed or planned.placed_bytes <= planned.peak_bytes:
        return []
    offset, top = max(placed, key=lambda place: place[0] + place[1].bytes)
    found = [top]
    while offset:
        below = [(at, each) for at, each in placed if at + each.bytes <= offset and _meet(each, found[-1])]
        offset, under = max(below, key=lambda place: place[0] + place[1].bytes)
        found.append(under)
    return found


def _meet(one: Buffer, other: Buffer) -> bool:
    return one.start <= other.end and other.start <= one.end


def _beside(planned: Plan, measurement: Measurement, deployment: Deployment) -> Iterator[Beside]:
    if deployment.weights_in == "ram":
        yield Beside("weights", weight_bytes(measurement, deployment))
    if deployment.arena_overhead:
        yield Beside("the runtime's own", deployment.arena_overhead)
    for name, size in planned.state:
        yield Beside(f"{name}, kept between calls", size)
