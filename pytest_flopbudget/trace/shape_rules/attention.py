"""Output shape of attention. How it lies in memory says the kernel itself, asked in the small."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import torch
import torch.backends.cuda

from pytest_flopbudget.trace.dataless import CPU, dataless
from pytest_flopbudget.trace.shape_rules.layout import (
    broadcast,
    is_dense,
    memory_order,
    ordered_strides,
    overlaps,
    plain_strides,
)
from pytest_flopbudget.trace.shape_rules.marking import rule

# A tensor in the small: its shape, its strides, and whether it is a mask of booleans.
_Small = tuple[tuple[int, ...], tuple[int, ...], bool]
_ROW, _STEPS = 0, 1


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
    """[*b, L, Ev] = attention([*b, L, E], [*b, S, E], [*b, S, Ev], [*b, L, S]), in the layout that the CPU gives"""
    masks = () if attn_mask is None else (attn_mask,)
    shape = _shape(query, key, value)
    if shape is None or any(mask.dtype not in (torch.bool, query.dtype) for mask in masks):
        return None
    small = _in_the_small((query, key, value), masks)
    if small is None:
        return None
    # Dropping is left to the form that is written out, whose results are plain; asking would draw numbers.
    strides = plain_strides(shape) if dropout_p else _strides(query, shape, small, is_causal=is_causal, gqa=enable_gqa)
    return None if strides is None else dataless(shape, query.dtype, stride=strides, device=query.device)


def _shape(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> tuple[int, ...] | None:
    ranks = {query.dim(), key.dim(), value.dim()}
    if len(ranks) != 1 or query.dim() < 2 or not {query.dtype} == {key.dtype, value.dtype}:
        return None
    if not query.is_floating_point() or not (query.numel() and key.numel() and value.numel()):
        return None
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        return None
    batches = [max(sizes) for sizes in zip(query.shape[:-2], key.shape[:-2], value.shape[:-2], strict=True)]
    return (*batches, query.shape[-2], value.shape[-1])


def _in_the_small(operands: tuple[torch.Tensor, ...], masks: tuple[torch.Tensor, ...]) -> tuple[_Small, ...] | None:
    """The operands with small sizes: what is 1, equal or a multiple stays so, and so does the order in memory."""
    query, key, value = operands
    rows = {query.shape[-1]: 2, value.shape[-1]: 2 if value.shape[-1] == query.shape[-1] else 3}
    steps = {query.shape[-2]: 3, key.shape[-2]: 3 if query.shape[-2] == key.shape[-2] else 4}
    sizes = [rows, steps]
    for batch in zip(*(reversed(tensor.shape[:-2]) for tensor in operands), strict=True):
        several = sorted({size for size in batch if size != 1})
        if len(several) > 2 or (several and several[-1] % several[0]):
            return None
        sizes.append(dict(zip(several, (2, 4), strict=False)))
    for mask in masks:
        if not _stretches(mask, (query, key)):
            return None
    of_mask = [steps, steps, *sizes[2:]]
    return (*(_shrunk(tensor, sizes) for tensor in operands), *(_shrunk(mask, of_mask) for mask in masks))


def _stretches(mask: torch.Tensor, operands: tuple[torch.Tensor, torch.Tensor]) -> bool:
    query, key = operands
    batch = broadcast(query.shape[:-2])
    scores = (*(batch or ()), query.shape[-2], key.shape[-2])
    return mask.dim() >= 2 and broadcast(mask.shape, scores) == scores


def _shrunk(tensor: torch.Tensor, sizes: list[dict[int, int]]) -> _Small:
    places = range(tensor.dim() - 1, -1, -1)
    shape = tuple(1 if size == 1 else sizes[place][size] for place, size in zip(places, tensor.shape, strict=True))
    strides = list(ordered_strides(shape, memory_order(tensor.shape, tensor.stride())))
    gap = 1 if min(tensor.stride()) <= 1 else 2
    for dim, stride in enumerate(tensor.stride()):
        strides[dim] = 0 if stride == 0 else strides[dim] * gap
    return shape, tuple(strides), tensor.dtype == torch.bool
