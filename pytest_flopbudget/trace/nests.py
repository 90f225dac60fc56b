"""Tensors in nests: lists, tuples, dicts, and at a model's doors named tuples, mappings and dataclasses too."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator, Mapping, MutableMapping

import torch

from pytest_flopbudget.declaring.inputs import TensorInput


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


def leaves(value: object) -> Iterator[object]:
    """What a model's arguments or outputs are made of, in their order, tensors and all else."""
    if isinstance(value, (list, tuple)):
        for element in value:
            yield from leaves(element)
    elif isinstance(value, Mapping):
        for element in value.values():
            yield from leaves(element)
    elif _is_a_record(value):
        for name in _names(value):
            yield from leaves(getattr(value, name))
    else:
        yield value


def map_leaves(function: Callable[[object], object], value: object) -> object:
    """The same arguments with every leaf replaced; named tuples, mappings and dataclasses keep their types."""
    if isinstance(value, tuple) and (type(value) is tuple or hasattr(value, "_fields")):
        elements = [map_leaves(function, element) for element in value]
        named: Callable[..., object] | None = type(value) if hasattr(value, "_fields") else None
        return tuple(elements) if named is None else named(*elements)
    if isinstance(value, list):
        return [map_leaves(function, element) for element in value]
    if isinstance(value, MutableMapping):
        mapped = copy.copy(value)
        mapped.update({key: map_leaves(function, element) for key, element in value.items()})
        return mapped
    if isinstance(value, Mapping):
        return {key: map_leaves(function, element) for key, element in value.items()}
    if _is_a_record(value):
        mapped_record = copy.copy(value)
        for name in _names(value):
            object.__setattr__(mapped_record, name, map_leaves(function, getattr(value, name)))
        return mapped_record
    return function(value)


def nbytes(tensor: torch.Tensor) -> int:
    """The bytes that a tensor's elements take."""
    return tensor.numel() * tensor.element_size()


def _is_a_record(value: object) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, (type, TensorInput))


def _names(record: object) -> Iterator[str]:
    return (name for name in getattr(record, "__dataclass_fields__", ()) if hasattr(record, name))
