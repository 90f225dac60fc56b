"""The tensors that a forward is called with."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch

from pytest_flopbudget.declare.inputs import InputNode, Inputs, TensorInput
from pytest_flopbudget.trace.dataless import dataless

# Larger inputs have no values: they would take more memory than a branch on them is worth.
_KNOWN_ELEMENTS = 2**26


def make_inputs(inputs: Inputs, dtype: torch.dtype, device: torch.device) -> tuple[list[object], dict[str, object]]:
    """Positional and keyword arguments: floats without data, integers and booleans with the values declared.

    Args:
        inputs: What is declared, every dimension a number.
        dtype: The element type of inputs that declare none.
        device: The device that the model would run on.
    """
    args = [_made(node, dtype, device) for node in inputs.positional]
    kwargs = {name: _made(node, dtype, device) for name, node in inputs.keyword.items()}
    return args, kwargs


def _made(node: InputNode, dtype: torch.dtype, device: torch.device) -> object:
    if isinstance(node, TensorInput):
        return _tensor(node, dtype, device)
    if isinstance(node, Mapping):
        return {name: _made(element, dtype, device) for name, element in node.items()}
    return [_made(element, dtype, device) for element in node]


def _tensor(declared: TensorInput, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    kind = getattr(torch, declared.dtype) if declared.dtype is not None else dtype
    shape = tuple(int(size) for size in declared.dims)
    floating = kind.is_floating_point or kind.is_complex
    if (floating and declared.fill is None) or math.prod(shape) > _KNOWN_ELEMENTS:
        return dataless(shape, kind, device=device)
    fill = declared.fill if declared.fill is not None else kind is torch.bool
    return torch.full(shape, fill, dtype=kind, device=device)
