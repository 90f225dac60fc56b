"""Batch norms that are folded into the layers before them: what becomes of their tensors."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_flopbudget.counting.memory.kinds import has_weights, is_fixed_norm
from pytest_flopbudget.counting.memory.sharing import Sharing
from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec

_OF_A_NORM = ("weight", "bias", "running_mean", "running_var")
_Norm = tuple[int, ...]


@dataclass(slots=True)
class Layer:
    """A convolution or linear layer, by the storage of its weight.

    Args:
        bias: The storage of its bias; None where it has none.
        width: How many biases it has once a norm is folded into it.
        norms: The norms that are folded into it, each at one call or several; None stands for calls without.
    """

    bias: int | None
    width: int
    norms: set[_Norm | None] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Folded:
    """What folding changes.

    Args:
        copies: How often a storage is there, by the storage: not at all if it is a norm's that is folded everywhere,
            several times if it is a layer's that has one norm here and another there.
        biases: How many biases there are that the model does not have, by the weight of their layer.
    """

    copies: dict[int, int]
    biases: dict[int, int]


def folded(sharing: Sharing) -> Folded:
    """What the norms that are fused in a deployment change of the weights."""
    layers, unfolded, gone = _layers(sharing)
    copies = dict.fromkeys(gone - unfolded, 0)
    biases: dict[int, int] = {}
    for weight, layer in layers.items():
        with_norm = len(layer.norms - {None})
        if not with_norm:
            continue
        copies[weight] = len(layer.norms)
        if layer.bias is None:
            biases[weight] = with_norm * layer.width
        else:
            copies[layer.bias] = len(layer.norms)
    return Folded(copies, biases)


def _layers(sharing: Sharing) -> tuple[dict[int, Layer], set[int], set[int]]:
    """The layers, the storages of norms that stay at some call, and of those that are folded at some."""
    layers: dict[int, Layer] = {}
    stays: set[int] = set()
    goes: set[int] = set()
    steps = [step.call for step in sharing.actions.steps]
    norm_at = {before: at for at, before in sharing.fused.items() if _is_norm(steps[at])}
    for at, call in enumerate(steps):
        if call is None:
            continue
        if is_fixed_norm(call):
            (goes if at in sharing.fused else stays).update(_norm(call))
        weight = call.arguments.get("weight", call.arguments.get("mat2"))
        if has_weights(call) and isinstance(weight, TensorSpec):
            bias = call.arguments.get("bias")
            known = layers.setdefault(weight.storage, Layer(_storage(bias), _width(steps, norm_at.get(at))))
            known.width = max(known.width, _width(steps, norm_at.get(at)))
            norm = steps[norm_at[at]] if at in norm_at else None
            known.norms.add(None if norm is None else _norm(norm))
    return layers, stays, goes


def _is_norm(call: OperatorCall | None) -> bool:
    return call is not None and is_fixed_norm(call)


def _norm(call: OperatorCall) -> _Norm:
    specs = [call.arguments.get(name) for name in _OF_A_NORM]
    return tuple(spec.storage for spec in specs if isinstance(spec, TensorSpec))


def _storage(bias: object) -> int | None:
    return bias.storage if isinstance(bias, TensorSpec) else None


def _width(steps: list[OperatorCall | None], at: int | None) -> int:
    """How many channels a norm has."""
    call = None if at is None else steps[at]
    mean = None if call is None else call.arguments.get("running_mean")
    return mean.numel if isinstance(mean, TensorSpec) else 0
