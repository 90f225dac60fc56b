"""Where bytes go that have no moment of their own: weights and traffic by module, and the largest tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.plan import Buffer
from pytest_flopbudget.counting.memory.planning import plan
from pytest_flopbudget.counting.memory.traffic import traffic_by_module
from pytest_flopbudget.counting.memory.weights import weight_bytes_by_module
from pytest_flopbudget.judge.verdicts import Check

_MOST_TENSORS = 5


def sizes(judged: Sequence[Check], measurement: Measurement, on: Mapping[str, Deployment]) -> dict[str, dict[str, int]]:
    """What the bytes of each limit that is not kept are made up of, in bytes, by the limit's name; the largest first.

    Weights and traffic are told by the path of the module itself, without what is below it; tensors by their shapes and
    what makes them. Limits on what is in use at one time are told by the peak.

    Args:
        judged: The limits of a case against their counts.
        measurement: What was counted for it.
        on: The deployment of each target by its name.
    """
    told = [check.limit for check in judged if not check.kept and check.limit.metric in _TOLD]
    parts = {limit.name: _TOLD[limit.metric](measurement, on[limit.target]) for limit in told}
    return {name: dict(sorted(each.items(), key=lambda part: -part[1])) for name, each in parts.items()}


def _largest(measurement: Measurement, deployment: Deployment) -> dict[str, int]:
    found = sorted(plan(measurement, deployment).buffers, key=lambda buffer: -buffer.bytes)
    return {_named(buffer): buffer.bytes for buffer in found[:_MOST_TENSORS]}


def _named(buffer: Buffer) -> str:
    shape = "x".join(map(str, buffer.shape)) or "scalar"
    made = f"{buffer.operator} in {buffer.module}" if buffer.module else buffer.operator or "an input of the model"
    return f"{shape} {buffer.dtype}, {made}"


_TOLD: Mapping[str, Callable[[Measurement, Deployment], dict[str, int]]] = {
    "weight_bytes": weight_bytes_by_module,
    "traffic_bytes": traffic_by_module,
    "largest_tensor_bytes": _largest,
}
