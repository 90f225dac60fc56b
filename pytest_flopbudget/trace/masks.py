"""Known masks that choose among unknown values: how many they choose is known."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import Refused, dataless

INDEXING = frozenset({"aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_"})


def is_mask(index: torch.Tensor) -> bool:
    """Whether an index says of every place whether it is meant."""
    return index.dtype in (torch.bool, torch.uint8)


def selected(call: Call) -> torch.Tensor:
    """What a known mask selects of an unknown tensor."""
    values, mask = call.tensors
    chosen = int(mask.expand(torch.broadcast_shapes(values.shape, mask.shape)).sum())
    return dataless((chosen,), values.dtype, device=values.device)


def with_positions(call: Call) -> Call:
    """The same indexing with the positions of its masks, all known, in the masks' places.

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
            positions.extend(index.nonzero().unbind(1))
        else:
            positions.append(index)
    return Call(call.overload, (call.args[0], positions, *call.args[2:]), call.kwargs)
