"""Weights that a library keeps packed in objects of its own: the tensors that they hold, as a formula sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

from pytest_flopbudget.counting.operators import TensorSpec
from pytest_flopbudget.trace.nests import tensors_in
from pytest_flopbudget.trace.schemas import dtype_name

Packed = tuple[TensorSpec | None, ...]


def held(value: torch.ScriptObject) -> Packed | None:
    """The weight and the bias of packed parameters, the weights and biases of a packed cell; None of all else.

    What is left out, as a bias may be, is None. The tensors are copies, and share no storage with any of the trace.
    """
    kind: Any = value._type()
    unpack = _UNPACK.get(kind.name())
    return None if unpack is None else tuple(unpack(value))


def _layer(packed: Any) -> Iterator[TensorSpec | None]:
    for tensor in packed.unpack():
        yield None if tensor is None else _spec(tensor)


def _cell(packed: Any) -> Iterator[TensorSpec | None]:
    """The matrices of a cell, for the input and for the state, then its biases.

    It holds both as packed parameters, which keep the biases of halves; integers have them beside.
    """
    (_, biases, _, _, matrices), _ = packed.__getstate__()
    layers = [held(each) or () for each in matrices]
    yield from (weight for weight, *_ in layers)
    yield from (bias for _, *rest in layers for bias in rest if bias is not None)
    yield from map(_spec, tensors_in(biases))


def _spec(tensor: torch.Tensor) -> TensorSpec:
    return TensorSpec(tuple(tensor.shape), dtype_name(tensor.dtype))


_UNPACK: Mapping[str, Callable[[Any], Iterator[TensorSpec | None]]] = {
    "LinearPackedParamsBase": _layer,
    "Conv2dPackedParamsBase": _layer,
    "Conv3dPackedParamsBase": _layer,
    "CellParamsBase": _cell,
}
