"""Output shapes of lookups, and of elements that are copied to other places."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules.layout import broadcast, is_plain, iterated
from pytest_flopbudget.trace.shape_rules.marking import rule

_INDICES = (torch.int64, torch.int32)


@rule("aten::embedding")
def embedding(weight: torch.Tensor, indices: torch.Tensor, *_: object) -> torch.Tensor | None:
    """[*, d] = embedding([rows, d], integers [*])"""
    if weight.dim() != 2 or indices.dtype not in _INDICES:
        return None
    return dataless((*indices.shape, weight.shape[1]), weight.dtype, device=weight.device)


@rule("aten::gather")
def gather(self: torch.Tensor, dim: int, index: torch.Tensor, **_: object) -> torch.Tensor | None:
    """[*index] = gather([*], [*index])"""
    if self.dim() != index.dim() or not self.dim() or not -self.dim() <= dim < self.dim():
        return None
    dim %= self.dim()
    around = [
        (own, asked) for place, (own, asked) in enumerate(zip(self.shape, index.shape, strict=True)) if place != dim
    ]
    if index.dtype != torch.int64 or any(asked > own for own, asked in around) or not self.numel():
        return None
    return dataless(index.shape, self.dtype, device=self.device)


@rule("aten::index.Tensor")
def index(self: torch.Tensor, indices: Sequence[torch.Tensor | None]) -> torch.Tensor | None:
    """[*before, *index, *after] = index([*before, n, *after], positions [*index]), positions side by side"""
    places = [place for place, positions in enumerate(indices) if positions is not None]
    positions = [tensor for tensor in indices if tensor is not None]
    if not places or places[-1] - places[0] != len(places) - 1 or places[-1] >= self.dim():
        return None
    if any(tensor.dtype not in _INDICES for tensor in positions):
        return None
    found = broadcast(*(tensor.shape for tensor in positions))
    if found is None:
        return None
    before, after = slice(places[0]), slice(places[-1] + 1, None)
    shape = (*self.shape[before], *found, *self.shape[after])
    strides = (*self.stride()[before], *(0 for _ in found), *self.stride()[after])
    behind = (1,) * len(self.shape[after])
    looked_up = [((*tensor.shape, *behind), (*tensor.stride(), *(0 for _ in behind))) for tensor in positions]
    layout = iterated(shape, [(shape, strides), *looked_up])
    return None if layout is None else dataless(shape, self.dtype, stride=layout, device=self.device)


@rule("aten::select_backward")
def of_place(grad_output: torch.Tensor, input_sizes: Sequence[int], dim: int, index: int) -> torch.Tensor | None:
    """[*, n, *] = select_backward([*, *]): zeros, and the gradient at one place among them"""
    rank = len(input_sizes)
    if not -rank <= dim < rank or not -input_sizes[dim] <= index < input_sizes[dim]:
        return None
    dim %= rank
    return _among_zeros(grad_output, (*input_sizes[:dim], *input_sizes[dim + 1 :]), input_sizes)


@rule("aten::slice_backward")
def of_slice(
    grad_output: torch.Tensor, input_sizes: Sequence[int], dim: int, start: int, end: int, step: int
) -> torch.Tensor | None:
    """[*, n, *] = slice_backward([*, part, *]): zeros, and the gradient in some places among them"""
    rank = len(input_sizes)
    if not -rank <= dim < rank or step <= 0:
        return None
    dim %= rank
    part = len(range(input_sizes[dim])[start:end:step])
    return _among_zeros(grad_output, (*input_sizes[:dim], part, *input_sizes[dim + 1 :]), input_sizes)


def _among_zeros(gradient: torch.Tensor, part: Sequence[int], whole: Sequence[int]) -> torch.Tensor | None:
    return dataless(whole, gradient.dtype, device=gradient.device) if tuple(gradient.shape) == part else None


@rule("aten::index_put", "aten::index_add")
def with_others(self: torch.Tensor, *_: object, **__: object) -> torch.Tensor | None:
    """[*] = index_put([*], ...): a copy in which elements are replaced or added to"""
    return dataless(self.shape, self.dtype, device=self.device) if self.numel() and is_plain(self) else None


@rule("aten::repeat")
def repeat(self: torch.Tensor, repeats: Sequence[int]) -> torch.Tensor | None:
    """[*, a * n, *] = repeat([*, n, *]), a times"""
    missing = len(repeats) - self.dim()
    if missing < 0 or min(repeats, default=1) < 0:
        return None
    shape = [times * size for times, size in zip(repeats, (*(1,) * missing, *self.shape), strict=True)]
    return dataless(shape, self.dtype, device=self.device)


@rule("aten::tril", "aten::triu")
def triangle(self: torch.Tensor, diagonal: int = 0) -> torch.Tensor | None:  # noqa: ARG001
    """[*, n, m] = tril([*, n, m])"""
    return dataless(self.shape, self.dtype, device=self.device) if self.dim() >= 2 else None


@rule("aten::roll")
def roll(self: torch.Tensor, shifts: Sequence[int], dims: Sequence[int] = ()) -> torch.Tensor | None:
    """[*] = roll([*]), contiguous"""
    fits = len(dims) == len(shifts) and all(-self.dim() <= dim < self.dim() for dim in dims)
    return dataless(self.shape, self.dtype, device=self.device) if fits and self.numel() else None
