"""Output shape of attention. How it lies in memory is the kernel's own answer, asked in the small."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import torch
import torch.backends.cuda

from pytest_flopbudget.trace.dataless import CPU, Refused, dataless
from pytest_flopbudget.trace.shape_rules.layout import (
    broadcast,
    is_dense,
    memory_order,
    ordered_strides,
    plain_strides,
)
from pytest_flopbudget.trace.shape_rules.marking import rule

_Shape = tuple[int, ...]
_Layout = tuple[_Shape, _Shape]
# A tensor in the small: its shape and strides, and whether it is a mask of booleans.
_Small = tuple[_Shape, _Shape, bool]
# The small sizes that stand for the sizes of one dimension.
_Sizes = dict[int, int]
# Strides of its powers leave gaps between small sizes.
_WIDE = 8


@rule("aten::scaled_dot_product_attention")
def scaled_dot_product_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,  # noqa: ARG001
    enable_gqa: bool = False,
) -> torch.Tensor | None:
    """[*b, L, Ev] = attention([*b, L, E], [*b, S, E], [*b, S, Ev], [*b, L, S]), laid out as on the CPU"""
    shape = _shape(query, key, value)
    if shape is None or not _goes_with(query, key, shape, attn_mask):
        return None
    small = _all_in_the_small((query, key, value), attn_mask)
    kernels = (torch.backends.cuda.flash_sdp_enabled(), torch.backends.cuda.math_sdp_enabled())
    answer = None if small is None else _asked(small, query.dtype, is_causal, enable_gqa, kernels)
    if small is not None and attn_mask is not None and is_causal and (answer is None or dropout_p):
        # The fused kernel takes both, the other does not, and torch's data-less one does not mind.
        raise Refused("attention takes a mask or is_causal, but got both")
    if small is None or answer is None:
        return None
    # The fused kernel drops nothing, and to ask the other how it does would draw numbers.
    strides = plain_strides(shape) if dropout_p else _strides(shape, query, answer, alike=answer == small[0][:2])
    return None if strides is None else dataless(shape, query.dtype, stride=strides, device=query.device)


def _shape(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> _Shape | None:
    if not query.dim() == key.dim() == value.dim() >= 2 or not query.dtype == key.dtype == value.dtype:
        return None
    if not query.is_floating_point() or not (query.numel() and key.numel() and value.numel()):
        return None
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        return None
    batches = (max(sizes) for sizes in zip(query.shape[:-2], key.shape[:-2], value.shape[:-2], strict=True))
    return (*batches, query.shape[-2], value.shape[-1])


def _goes_with(query: torch.Tensor, key: torch.Tensor, shape: _Shape, mask: torch.Tensor | None) -> bool:
    if mask is None:
        return True
    scores = (*shape[:-1], key.shape[-2])
    return mask.dtype in (torch.bool, query.dtype) and mask.dim() >= 2 and broadcast(mask.shape, scores) == scores


def _strides(shape: _Shape, query: torch.Tensor, answer: _Layout, *, alike: bool) -> _Shape | None:
    """The strides that the kernel's answer stands for, which in the small may be alike the query."""
    if alike and tuple(query.shape) == shape and is_dense(shape, query.stride()):
        return query.stride()
    heads_inside = [*range(len(shape) - 3), len(shape) - 2, len(shape) - 3, len(shape) - 1]
    for order in (range(len(shape)), memory_order(query.shape, query.stride()), heads_inside):
        if min(order) >= 0 and ordered_strides(answer[0], order) == answer[1]:
            return ordered_strides(shape, order)
    return None


def _all_in_the_small(operands: Sequence[torch.Tensor], mask: torch.Tensor | None) -> tuple[_Small, ...] | None:
    sizes = _small_sizes(operands)
    if sizes is None:
        return None
    small = tuple(_in_the_small(tensor, sizes) for tensor in operands)
    return small if mask is None else (*small, _in_the_small(mask, [sizes[1], *sizes[1:]]))


def _small_sizes(operands: Sequence[torch.Tensor]) -> list[_Sizes] | None:
    """For each dimension from the last: what is 1, equal to another, or its multiple stays so."""
    query, key, value = operands
    steps, width, of_values = query.shape[-2], query.shape[-1], value.shape[-1]
    sizes = [
        {of_values: 5, width: 3},
        {key.shape[-2]: 6, steps: 4},
    ]
    for batch in zip(*(reversed(tensor.shape[:-2]) for tensor in operands), strict=True):
        several = sorted({size for size in batch if size != 1})
        if len(several) > 2 or (several and several[-1] % several[0]):
            return None
        sizes.append(dict(zip(several, (3, 6), strict=False)))
    return [{**each, 1: 1} for each in sizes]


def _in_the_small(tensor: torch.Tensor, sizes: Sequence[_Sizes]) -> _Small:
    """Small sizes that lie in memory in the same order, without gaps where there were none.

    Kernels may keep the stride of a size of 1, which stands for nothing, so it stays among the others where it was.
    """
    shape = tuple(each[size] for each, size in zip(sizes, reversed(tensor.shape), strict=False))[::-1]
    if is_dense(tensor.shape, tensor.stride()):
        known = _dense_strides(tensor, shape)
    else:
        first = 0 if 1 in tensor.stride() else 1
        distinct = sorted({*tensor.stride()} - {0})
        known = {0: 0, **{stride: _WIDE**place for place, stride in enumerate(distinct, start=first)}}
    return shape, tuple(known[stride] for stride in tensor.stride()), tensor.dtype == torch.bool


def _dense_strides(tensor: torch.Tensor, shape: _Shape) -> dict[int, int]:
    """The small strides that stand for a dense tensor's; one that lies between two of them lies between theirs."""
    wide = [dim for dim in memory_order(tensor.shape, tensor.stride()) if shape[dim] > 1]
    dense = ordered_strides(shape, wide)
    known = {tensor.stride(dim): dense[dim] for dim in wide}
    known[tensor.numel()] = math.prod(shape)
    for stride in sorted({*tensor.stride()} - {*known}):
        known[stride] = max((small for real, small in known.items() if real < stride), default=-1) + 1
    return known


@lru_cache(maxsize=1024)
def _asked(
    operands: tuple[_Small, ...],
    dtype: torch.dtype,
    is_causal: bool,
    gqa: bool,
    kernels: tuple[bool, ...],  # noqa: ARG001
) -> _Layout | None:
    """The shape and strides of what the kernel gives for such operands; None where it refuses them."""
    tensors = [
        torch.zeros(_room(shape, strides), dtype=torch.bool if is_mask else dtype, device=CPU).as_strided(
            shape, strides
        )
        for shape, strides, is_mask in operands
    ]
    grouped = {"enable_gqa": True} if gqa else {}
    mask = tensors[3] if len(tensors) > 3 else None
    try:
        out = torch.ops.aten.scaled_dot_product_attention(*tensors[:3], mask, 0.0, is_causal, **grouped)
    except (RuntimeError, IndexError):
        return None
    return tuple(out.shape), out.stride()


def _room(shape: _Shape, strides: _Shape) -> int:
    return 1 + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
