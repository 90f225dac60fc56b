"""Known masks that choose among unknown values: how many they choose is known."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import Refused, dataless

INDEXING = frozenset({"aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_"})


def is_mask(index: torch.Tensor) -> bool:
    """Whether an index says of every place whether it is meant."""
    return index.dtype in (torch.bool, torch.uint8)


def puts_one_value(call: Call) -> bool:
    """Whether one value is written to all places that are meant: how many they are, no shape depends on."""
    values = call.argument("values")
    return isinstance(values, torch.Tensor) and values.numel() == 1


def selected(call: Call) -> torch.Tensor:
    """What a known mask selects of an unknown tensor."""
    values, mask = call.tensors
    places = math.prod(torch.broadcast_shapes(values.shape, mask.shape))
    chosen = int(mask.count_nonzero()) * (places // max(mask.numel(), 1))
    return dataless((chosen,), values.dtype, device=values.device)


def with_positions(call: Call, is_unknown: Callable[[torch.Tensor], bool]) -> Call:
    """The same indexing with as many positions as its masks name in their places; of an unknown mask, with any one.

    Args:
        call: The call; its masks are known, unless it puts one value.
        is_unknown: Whether a tensor's values are unknown.

    Raises:
        Refused: A mask has another shape than what it masks.
    """
    indexed, indices = call.args[:2]
    assert isinstance(indexed, torch.Tensor)
    assert isinstance(indices, (list, tuple))
    positions: list[object] = []
    for index in indices:
        if isinstance(index, torch.Tensor) and is_mask(index):
            place = len(positions)
            expected = tuple(indexed.shape[place : place + index.dim()])
            if tuple(index.shape) != expected:
                raise Refused(
                    f"the shape of the mask {list(index.shape)} does not match {list(expected)}, which it masks"
                )
            chosen = 1 if is_unknown(index) else int(index.count_nonzero())
            positions.extend([dataless((chosen,), torch.int64, device=index.device)] * index.dim())
        else:
            positions.append(index)
    return Call(call.overload, (call.args[0], positions, *call.args[2:]), call.kwargs)
