"""What is alive where most memory is in use: plain data of a plan, for whoever has to make it less."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.plan import Buffer
from pytest_flopbudget.counting.memory.planning import plan


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
    """

    operator: str
    module: str
    copy: bool
    shape: tuple[int, ...]
    dtype: str
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
    """

    step: int
    steps: int
    operator: str
    module: str
    alive: tuple[Alive, ...]
    bytes: int
    placed: int
    state: int = 0


def peak_of(measurement: Measurement, deployment: Deployment) -> Peak:
    """The peak of a measurement's activations on a deployment.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    planned = plan(measurement, deployment)
    at = planned.peak_step
    step = planned.steps[at] if 0 <= at < len(planned.steps) else None
    return Peak(
        step=at + 1 if step else 0,
        steps=len(planned.steps),
        operator=step.operator if step else "",
        module=step.module if step else "",
        alive=tuple(map(_alive, planned.alive())),
        bytes=planned.peak_bytes,
        placed=planned.placed_bytes,
        state=planned.state_bytes,
    )


def _alive(buffer: Buffer) -> Alive:
    return Alive(buffer.operator, buffer.module, buffer.kind == "copy", tuple(buffer.shape), buffer.dtype, buffer.bytes)
