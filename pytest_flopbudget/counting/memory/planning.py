"""From a measurement and a deployment to a plan of memory, and the metrics that it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from pytest_flopbudget.counting.collecting import nothing_collected
from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.elements import bytes_of, deployed
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.actions import Made
from pytest_flopbudget.counting.memory.copies import COPYING
from pytest_flopbudget.counting.memory.forward import deployed_forward
from pytest_flopbudget.counting.memory.plan import Buffer, BufferKind, Plan, Step
from pytest_flopbudget.counting.memory.planners import PLANNING
from pytest_flopbudget.counting.memory.sharing import Sharing, size_of
from pytest_flopbudget.counting.memory.weights import names_of, weight_bytes


@nothing_collected()
def plan(measurement: Measurement, deployment: Deployment) -> Plan:
    """Every buffer of a forward's activations, with its lifetime and its place.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of: thop counted, or training, or a region.
    """
    sharing = deployed_forward(measurement, deployment)
    actions, buffers = sharing.actions, tuple(_buffers(sharing))
    alive = _alive(buffers, len(actions.steps))
    peak = max(alive)
    placement = PLANNING[deployment.planner](buffers)
    if placement is not None:
        buffers = tuple(map(Buffer.placed, buffers, placement.offsets))
    names = names_of(measurement)
    return Plan(
        steps=tuple(Step(step.operator, step.module) for step in actions.steps),
        buffers=buffers,
        planner=deployment.planner,
        peak_step=alive.index(peak),
        peak_bytes=peak,
        placed_bytes=peak if placement is None else placement.size,
        state=tuple(
            (names.get(storage, "a tensor of no module"), _state_size(spec.numel, spec.dtype, deployment))
            for storage, spec in actions.state.items()
        ),
    )


def peak_activation_bytes(measurement: Measurement, deployment: Deployment) -> int:
    """The most bytes of activations that are alive at one step.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    return plan(measurement, deployment).peak_bytes


def arena_bytes(measurement: Measurement, deployment: Deployment) -> int:
    """What the deployment keeps in RAM, in bytes.

    The activations as they are placed, what the forward keeps between its calls, ``arena_overhead``, and the weights
    where they are copied there.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    planned = plan(measurement, deployment)
    copied = weight_bytes(measurement, deployment) if deployment.weights_in == "ram" else 0
    return planned.placed_bytes + planned.state_bytes + deployment.arena_overhead + copied


def largest_tensor_bytes(measurement: Measurement, deployment: Deployment) -> int:
    """The bytes of the largest activation.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    return max((buffer.bytes for buffer in plan(measurement, deployment).buffers), default=0)


def _state_size(elements: int, dtype: str, deployment: Deployment) -> int:
    return bytes_of(elements, deployed(dtype, deployment.activation_dtype))


def _buffers(sharing: Sharing) -> Iterator[Buffer]:
    """The buffers in the order in which they are made; what is put out beside a result and never read has none."""
    actions = sharing.actions
    end = max(len(actions.steps) - 1, 0)

    def buffer(made: Made, start: int, operator: str, module: str, kind: BufferKind) -> Buffer:
        storage = made.spec.storage
        held, last = sharing.holds[sharing.root(storage)], max(sharing.last(storage), start)
        return Buffer(held.spec.shape, held.dtype, size_of(held), start, min(last, end), operator, module, kind)

    for made in actions.inputs:
        yield buffer(made, 0, "", "", "input")
    outputs = {sharing.root(each) for each in actions.outputs}
    for at, step in enumerate(actions.steps):
        for made in step.makes:
            storage = made.spec.storage
            if sharing.root(storage) != storage or (made.is_secondary and sharing.last(storage) == at):
                continue
            kind: BufferKind = "copy" if step.operator in COPYING else "activation"
            kind = "output" if storage in outputs else kind
            yield buffer(made, at, step.operator, step.module, kind)


def _alive(buffers: Sequence[Buffer], steps: int) -> list[int]:
    """The bytes that are alive at each step."""
    changes = [0] * (max(steps, 1) + 1)
    for buffer in buffers:
        changes[buffer.start] += buffer.bytes
        changes[buffer.end + 1] -= buffer.bytes
    return list(accumulate(changes))[:-1]
