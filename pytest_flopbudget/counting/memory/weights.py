"""What the model holds, as its deployment stores it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_flopbudget.counting.boundary import Weight
from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.elements import bytes_of, deployed
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.folding import Folded, folded
from pytest_flopbudget.counting.memory.forward import boundary_of, deployed_forward
from pytest_flopbudget.counting.operators import TensorSpec

_COUNTER = "num_batches_tracked"


def weight_bytes(measurement: Measurement, deployment: Deployment) -> int:
    """The bytes of parameters and saved buffers at the deployed element types.

    A storage counts once, whoever holds it. Batch norms that the deployment folds are gone; their layers have biases.
    Buffers that the forward writes to are state, and no weights.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    return sum(weight_bytes_by_module(measurement, deployment).values())


def weight_bytes_by_module(measurement: Measurement, deployment: Deployment) -> dict[str, int]:
    """The bytes of the weights that each module holds itself, by its path; a shared storage stands under the first.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    weights = boundary_of(measurement).weights
    sharing = deployed_forward(measurement, deployment)
    folds, biases = folded(sharing), _biases(measurement)
    sizes: dict[str, int] = {}
    for weight, elements in _stored(weights, sharing.actions.state, folds):
        dtype = _dtype(weight, deployment, is_bias=weight.spec.storage in biases)
        size = bytes_of(elements, dtype) * folds.copies.get(weight.spec.storage, 1)
        if added := folds.biases.pop(weight.spec.storage, 0):
            wanted = deployment.bias_dtype or deployment.weight_dtype_at(weight.module)
            size += bytes_of(added, deployed(weight.spec.dtype, wanted))
        sizes[weight.module] = sizes.get(weight.module, 0) + size
    return sizes


def names_of(measurement: Measurement) -> dict[int, str]:
    """The first name of each storage that the model holds or puts another in the place of: ``"layers.0.cache"``."""
    boundary = boundary_of(measurement)
    held = [(each.before.storage, each.module, each.name) for each in boundary.replaced]
    held += [(each.spec.storage, each.module, each.name) for each in reversed(boundary.weights)]
    return {storage: f"{module}.{name}".lstrip(".") for storage, module, name in held}


def _stored(
    weights: tuple[Weight, ...], state: Mapping[int, TensorSpec], folds: Folded
) -> Iterator[tuple[Weight, int]]:
    """Each storage that is kept in flash, by its first name, and how many elements of it."""
    folded_norms = {weight.module for weight in weights if folds.copies.get(weight.spec.storage) == 0}
    stored: dict[object, dict[object, Weight]] = {}
    for at, weight in enumerate(weights):
        counts = weight.name == _COUNTER and weight.module in folded_norms
        if weight.kind != "temporary" and weight.spec.storage not in state and not counts:
            # What is packed by its library has no storage of the trace.
            key = weight.spec.storage if weight.spec.storage >= 0 else ("packed", at)
            stored.setdefault(key, {}).setdefault((weight.offset, weight.spec.shape), weight)
    for parts in stored.values():
        yield next(iter(parts.values())), sum(part.spec.numel for part in parts.values())


def _biases(measurement: Measurement) -> set[int]:
    """The storages of biases: vectors that an operator takes as its bias, or that are called one."""
    given = (call.arguments.get("bias") for call, _ in measurement.calls)
    found = {spec.storage for spec in given if isinstance(spec, TensorSpec) and len(spec.shape) == 1}
    held = boundary_of(measurement).weights
    return found | {each.spec.storage for each in held if "bias" in each.name and len(each.spec.shape) == 1}


def _dtype(weight: Weight, deployment: Deployment, *, is_bias: bool) -> str:
    wanted = deployment.weight_dtype_at(weight.module)
    return deployed(weight.spec.dtype, deployment.bias_dtype or wanted if is_bias else wanted)
