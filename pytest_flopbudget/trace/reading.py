"""Whether a call reads values: what it gives, or how much of it, would be another for other data."""

from __future__ import annotations

from collections.abc import Callable

import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.masks import INDEXING, is_mask
from pytest_flopbudget.trace.nests import tensors_in
from pytest_flopbudget.trace.packing import PACKING, lengths_of

IsUnknown = Callable[[torch.Tensor], bool]


def reads_values(call: Call, is_unknown: IsUnknown) -> bool:
    """Whether a call with an unknown argument reads a value that is unknown, beyond computing with it.

    Args:
        call: The call.
        is_unknown: Whether a tensor's values are unknown.
    """
    operator = call.schema.operator
    if operator in INDEXING:
        return any(is_mask(index) and is_unknown(index) for index in tensors_in(call.args[1]))
    if operator == "aten::masked_select":
        return is_unknown(call.tensors[1])
    if operator in PACKING:
        return is_unknown(lengths_of(call))
    if operator == "aten::one_hot":
        return call.argument("num_classes") in (None, -1)
    return call.schema.reads_values
