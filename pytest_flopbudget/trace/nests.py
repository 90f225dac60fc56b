"""Tensors in nested lists, tuples and dicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch


def tensors_in(value: object) -> Iterator[torch.Tensor]:
    """Every tensor in a nest, in its order."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for element in value:
            yield from tensors_in(element)
    elif isinstance(value, dict):
        for element in value.values():
            yield from tensors_in(element)


def map_tensors(function: Callable[[torch.Tensor], torch.Tensor], value: object) -> object:
    """The same nest with every tensor replaced; anything else stays as it is."""
    if isinstance(value, torch.Tensor):
        return function(value)
    if isinstance(value, list):
        return [map_tensors(function, element) for element in value]
    if isinstance(value, tuple):
        return tuple(map_tensors(function, element) for element in value)
    if isinstance(value, dict):
        return {key: map_tensors(function, element) for key, element in value.items()}
    return value


def nbytes(tensor: torch.Tensor) -> int:
    """The bytes that a tensor's elements take."""
    return tensor.numel() * tensor.element_size()
