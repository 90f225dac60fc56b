"""Whether a call reads values: what it gives, or how much of it, would be another for other data."""

from __future__ import annotations

from collections.abc import Callable

import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.masks import INDEXING, is_mask, puts_one_value
from pytest_flopbudget.trace.nests import tensors_in
from pytest_flopbudget.trace.packing import PACKING, lengths_of

IsUnknown = Callable[[torch.Tensor], bool]

# How many they give depends on values, which their tags do not say.
_UNTAGGED = frozenset({"torchvision::nms"})
# Composite operators that torch calls right before it hands a tensor's values to Python.
_HANDING_OUT = frozenset({"aten::resolve_neg", "aten::resolve_conj"})


def hands_out(call: Call) -> bool:
    """Whether a call with real arguments is what torch does before Python has the values, as numpy or a list."""
    return call.schema.operator in _HANDING_OUT


def reads_values(call: Call, is_unknown: IsUnknown) -> bool:
    """Whether a call with an unknown argument reads a value that is unknown, beyond computing with it.

    Args:
        call: The call.
        is_unknown: Whether a tensor's values are unknown.
    """
    operator = call.schema.operator
    if operator in INDEXING:
        masked = any(is_mask(index) and is_unknown(index) for index in tensors_in(call.args[1]))
        return masked and not puts_one_value(call)
    if operator == "aten::masked_select":
        return is_unknown(call.tensors[1])
    if operator in PACKING:
        return is_unknown(lengths_of(call))
    if operator == "aten::one_hot":
        return call.argument("num_classes") in (None, -1)
    if operator == "aten::repeat_interleave":
        repeats = call.argument("repeats")
        return call.argument("output_size") is None and isinstance(repeats, torch.Tensor) and is_unknown(repeats)
    if operator == "aten::tensor_split":
        places = call.argument("tensor_indices_or_sections")
        return isinstance(places, torch.Tensor) and is_unknown(places)
    return call.schema.reads_values or operator in _UNTAGGED
