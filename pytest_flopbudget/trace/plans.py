"""What a call gave, as it is given again to a call like it: tensors without data, arguments, views of arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch

from pytest_flopbudget.trace.calls import Call


@dataclass(frozen=True, slots=True)
class Made:
    """A new tensor without data, or a view of the tensor at a place among the call's tensors.

    Args:
        shape: Its sizes.
        strides: Its strides, in elements.
        offset: Where it begins in its storage, in elements.
        dtype: Its element type.
        device: The device that it reports.
        kind: The number that stands for all of these.
        base: The place of the tensor that it is a view of; -1 where its storage is its own.
    """

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    dtype: torch.dtype
    device: torch.device
    kind: int
    base: int


# A result is made, or the very tensor at a place among the call's tensors, or None.
Given: TypeAlias = "Made | int | None"
# Of a tensor among the arguments its place among the call's tensors; of a list of them their places.
Places: TypeAlias = "int | tuple[int, ...]"
Nest: TypeAlias = "type[list[object] | tuple[object, ...]]"


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What calls have in common that differ in storages alone.

    Args:
        overload: What is called.
        operator: Its name without overload.
        arguments: By their names, as they are recorded; those that are tensors are told anew for each call.
        takes: The arguments that are tensors, or lists of them.
        gives: The results.
        nest: What the results come in; None where there is one tensor.
        writes: The places of the tensors that are written to.
    """

    overload: torch._ops.OpOverload
    operator: str
    arguments: Mapping[str, object]
    takes: tuple[tuple[str, Places], ...]
    gives: tuple[Given, ...]
    nest: Nest | None
    writes: tuple[int, ...]


def takes(call: Call, tensors: Sequence[torch.Tensor]) -> tuple[tuple[str, Places], ...] | None:
    """Which arguments of a call are tensors or lists of tensors alone; None where tensors stand elsewhere too."""
    found: list[tuple[str, Places]] = []
    at = 0
    for name, value in (*zip(call.schema.names, call.args, strict=False), *call.kwargs.items()):
        if isinstance(value, torch.Tensor):
            found.append((name, at))
            at += 1
        elif isinstance(value, (list, tuple)) and value and all(isinstance(each, torch.Tensor) for each in value):
            found.append((name, tuple(range(at, at + len(value)))))
            at += len(value)
    return tuple(found) if at == len(tensors) else None


def results(out: object) -> tuple[Sequence[object], Nest | None]:
    """The results of a call one by one, and what they come in."""
    if type(out) is list or type(out) is tuple:
        return out, type(out)
    return (out,), None


def base_of(tensor: torch.Tensor, tensors: Sequence[torch.Tensor]) -> int | None:
    """The place of the one tensor that another is a view of; -1 where it is of none, None where of several."""
    storage = tensor.untyped_storage()._cdata
    shared = [place for place, each in enumerate(tensors) if each.untyped_storage()._cdata == storage]
    if len(shared) > 1:
        return None
    return shared[0] if shared else -1
