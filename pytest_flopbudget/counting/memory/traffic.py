"""What goes in and out, of the model and of each operator."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.elements import bytes_of, deployed
from pytest_flopbudget.counting.factories import LIKE_FACTORIES
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.actions import Action
from pytest_flopbudget.counting.memory.forward import boundary_of, deployed_forward
from pytest_flopbudget.counting.memory.sharing import Sharing, size_of
from pytest_flopbudget.counting.operators import TensorSpec, specs_in

# They read as many elements of what they choose from as they put out.
_CHOOSING = frozenset(
    ("aten::embedding", "aten::gather", "aten::index", "aten::index_select", "aten::take", "aten::take_along_dim")
)


def io_bytes(measurement: Measurement, deployment: Deployment) -> int:
    """The bytes of the model's inputs and outputs, what an output is made of once.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    boundary = boundary_of(measurement)
    wanted = deployment.io_dtype or deployment.activation_dtype
    given = {(spec.storage, spec.shape): spec for spec in boundary.outputs}
    return sum(bytes_of(spec.numel, deployed(spec.dtype, wanted)) for spec in (*boundary.inputs, *given.values()))


def traffic_bytes(measurement: Measurement, deployment: Deployment) -> int:
    """The bytes that operators read and write, each input and each output once.

    What is fused into another operator moves nothing of its own. Of a table from which rows are chosen, those rows
    are read.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    return sum(traffic_by_module(measurement, deployment).values())


def traffic_by_module(measurement: Measurement, deployment: Deployment) -> dict[str, int]:
    """The bytes that the operators of each module itself read and write, by its path.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    sharing = deployed_forward(measurement, deployment)
    types = _Types(measurement, deployment)
    moved: dict[str, int] = {}
    for at, step in enumerate(sharing.actions.steps):
        if at not in sharing.fused:
            moved[step.module] = moved.get(step.module, 0) + sum(_moved(step, sharing, types))
    return moved


class _Types:
    """The element types of what operators read, in a deployment."""

    def __init__(self, measurement: Measurement, deployment: Deployment) -> None:
        self._deployment = deployment
        self._modules = {weight.spec.storage: weight.module for weight in boundary_of(measurement).weights}

    def of_constant(self, spec: TensorSpec, *, is_bias: bool) -> str:
        """The type of a weight, or of what is computed from weights."""
        wanted = self._deployment.weight_dtype_at(self._modules.get(spec.storage, ""))
        return deployed(spec.dtype, self._deployment.bias_dtype or wanted if is_bias else wanted)


def _moved(step: Action, sharing: Sharing, types: _Types) -> Iterator[int]:
    """The bytes of what a step reads, and of what it writes."""
    written = frozenset(() if step.call is None else step.call.writes)
    made = {each.spec.storage: each for each in step.makes}
    yield from map(size_of, made.values())
    if step.call is None:
        yield from (size_of(sharing.holds[storage]) for storage in step.reads)
        return
    most = max((spec.numel for spec in step.call.outputs), default=0)
    for spec, is_bias in _read(step):
        held = sharing.holds.get(step.instead.get(spec.storage, spec.storage))
        elements = spec.numel if held is None else min(spec.numel, held.spec.numel)
        if held is not None and spec.storage in step.instead:
            elements = held.spec.numel
        if step.operator in _CHOOSING:
            elements = min(elements, most)
        dtype = types.of_constant(spec, is_bias=is_bias) if held is None else held.dtype
        times = (spec.storage not in made) + (spec.storage in written and spec.storage not in made)
        yield times * bytes_of(elements, dtype)


def _read(step: Action) -> Iterator[tuple[TensorSpec, bool]]:
    """The tensors among a call's arguments, each once, and whether it is a bias."""
    if step.call is None or step.operator in LIKE_FACTORIES:
        return
    found = {spec: name == "bias" for name, value in step.call.arguments.items() for spec in specs_in(value)}
    yield from found.items()
