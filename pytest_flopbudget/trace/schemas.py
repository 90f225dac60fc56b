"""What an overload's schema says, read once for each overload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import torch

# Written by their kernels although their schemas do not say so; a condition names the flag that makes them write,
# and is empty where they always do.
HIDDEN_WRITES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "aten::batch_norm": (("running_mean", "running_var"), "training"),
    "aten::native_batch_norm": (("running_mean", "running_var"), "training"),
    "aten::cudnn_batch_norm": (("running_mean", "running_var"), "training"),
    "aten::miopen_batch_norm": (("running_mean", "running_var"), "training"),
    "aten::_batch_norm_impl_index": (("running_mean", "running_var"), "training"),
    "aten::instance_norm": (("running_mean", "running_var"), "use_input_stats"),
    "aten::batch_norm_update_stats": (("running_mean", "running_var"), ""),
    "aten::batch_norm_gather_stats": (("running_mean", "running_var"), ""),
    "aten::batch_norm_gather_stats_with_counts": (("running_mean", "running_var"), ""),
}

_VALUE_TAGS = {torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape}
_VALUE_READERS = frozenset({"aten::is_nonzero", "aten::where"})


@dataclass(frozen=True, slots=True)
class Schema:
    """One overload.

    Args:
        operator: The operator's name without overload.
        overload: The name with overload, ``"aten::conv2d.padding"``; the default overload has none.
        names: The names of its arguments, in order.
        defaults: The defaults of those that have one.
        writes: The names of the arguments that it writes to, by its schema.
        views: Whether an output may share an argument's storage without a write.
        reads_values: Whether its result, or its result's shape, depends on its arguments' values.
    """

    operator: str
    overload: str
    names: tuple[str, ...]
    defaults: Mapping[str, object]
    writes: tuple[str, ...]
    views: bool
    reads_values: bool


@cache
def schema_of(overload: torch._ops.OpOverload) -> Schema:
    """The schema of an overload."""
    schema = overload._schema
    arguments = schema.arguments
    return Schema(
        operator=schema.name,
        overload=overload.name(),
        names=tuple(argument.name for argument in arguments),
        defaults={
            argument.name: plain(argument.default_value) for argument in arguments if argument.has_default_value()
        },
        writes=tuple(argument.name for argument in arguments if argument.alias_info and argument.alias_info.is_write),
        views=any(value.alias_info is not None and not value.alias_info.is_write for value in schema.returns),
        reads_values=overload.name() in _VALUE_READERS or bool(_VALUE_TAGS & set(overload.tags)),
    )


@cache
def dtype_name(dtype: torch.dtype) -> str:
    """An element type's name without the prefix: ``"float32"``."""
    return str(dtype).removeprefix("torch.")


def plain(value: object) -> object:
    """An attribute as a plain value: types, devices and layouts by their names, lists as tuples."""
    if value is None or isinstance(value, (bool, int, float, complex, str)):
        return value
    if isinstance(value, torch.dtype):
        return dtype_name(value)
    if isinstance(value, (list, tuple)):
        return tuple(plain(element) for element in value)
    return str(value)
