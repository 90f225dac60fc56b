"""Packed sequences of unknown values: their lengths are known, and so is where every step goes."""

from __future__ import annotations

from collections.abc import Callable

import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import CPU, dataless
from pytest_flopbudget.trace.shape_rules.layout import ordered_strides

_Packed = tuple[torch.Tensor, torch.Tensor]


def lengths_of(call: Call) -> torch.Tensor:
    """What says how long the sequences of a call are: their lengths, or the sequences that are there at each step."""
    lengths = call.args[1]
    assert isinstance(lengths, torch.Tensor)
    return lengths


def _pack(call: Call) -> _Packed:
    """Data [sum of lengths, *] without values, and known batch sizes, of [T, B, *] or [B, T, *]."""
    steps, lengths, batch_first = call.args
    assert isinstance(steps, torch.Tensor)
    packed, batch_sizes = _asked(call, _stand_in(steps.shape[:2]), lengths, batch_first)
    return dataless((packed.shape[0], *steps.shape[2:]), steps.dtype, device=steps.device), batch_sizes


def _pad(call: Call) -> _Packed:
    """Steps [T, B, *] or [B, T, *] without values, and known lengths, of data [sum of lengths, *]."""
    data, batch_sizes, batch_first, _, total_length = call.args
    assert isinstance(data, torch.Tensor)
    padded, lengths = _asked(call, _stand_in(data.shape[:1]), batch_sizes, batch_first, 0, total_length)
    shape = (*padded.shape, *data.shape[1:])
    # The kernel lays the steps out first, whichever is asked for.
    order = (*((1, 0) if batch_first else (0, 1)), *range(2, len(shape)))
    return dataless(shape, data.dtype, stride=ordered_strides(shape, order), device=data.device), lengths


def _stand_in(shape: torch.Size) -> torch.Tensor:
    """Small values for the steps, so that the kernel itself checks and sorts the lengths."""
    return torch.zeros((), dtype=torch.bool, device=CPU).expand(shape)


def _asked(call: Call, *args: object) -> _Packed:
    out = Call(call.overload, args, {}).run()
    assert isinstance(out, tuple)
    steps, sizes = out
    return steps, sizes


PACKING: dict[str, Callable[[Call], _Packed]] = {
    "aten::_pack_padded_sequence": _pack,
    "aten::_pad_packed_sequence": _pad,
}
