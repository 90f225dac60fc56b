"""Output shapes of concatenation and flattening."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from pytest_flopbudget.trace.dataless import DatalessTensor, dataless, hidden
from pytest_flopbudget.trace.shape_rules.layout import is_plain
from pytest_flopbudget.trace.shape_rules.marking import rule

# Ranks whose tensors may have their channels last, which a concatenation keeps.
_WITH_CHANNELS = (4, 5)


@rule("aten::cat")
def cat(tensors: Sequence[torch.Tensor], dim: int = 0) -> torch.Tensor | None:
    """[*, n + m, *] = cat([[*, n, *], [*, m, *]])"""
    # torch takes a tensor of no elements in one dimension for nothing, whatever the others' shapes.
    joined = [tensor for tensor in tensors if tensor.shape != (0,)]
    if not joined or any(tensor.dtype != tensors[0].dtype for tensor in tensors):
        return None
    first = joined[0]
    rank = first.dim()
    if rank == 0 or not -rank <= dim < rank:
        return None
    dim %= rank
    around = (*first.shape[:dim], *first.shape[dim + 1 :])
    for tensor in joined:
        if tensor.dim() != rank or not _channels_first(tensor):
            return None
        if (*tensor.shape[:dim], *tensor.shape[dim + 1 :]) != around:
            return None
    size = sum(tensor.shape[dim] for tensor in joined)
    return dataless((*first.shape[:dim], size, *first.shape[dim + 1 :]), first.dtype, device=first.device)


@rule("aten::stack")
def stack(tensors: Sequence[torch.Tensor], dim: int = 0) -> torch.Tensor | None:
    """[*, n, *] = stack(n times [*])"""
    if not tensors:
        return None
    first = tensors[0]
    rank = first.dim() + 1
    if not -rank <= dim < rank:
        return None
    if any(tensor.shape != first.shape or tensor.dtype != first.dtype for tensor in tensors):
        return None
    dim %= rank
    # Joined along the dimension there, which is split afterwards; only behind the last one a new one is needed.
    joined = tensors if dim < first.dim() else [each.unsqueeze(dim) for each in tensors]
    if not all(map(_channels_first, joined)):
        return None
    return dataless((*first.shape[:dim], len(tensors), *first.shape[dim:]), first.dtype, device=first.device)


@rule("aten::flatten.using_ints")
def flatten(self: torch.Tensor, start_dim: int = 0, end_dim: int = -1) -> torch.Tensor | None:
    """[*, a * b, *] = flatten([*, a, b, *]), a view of it where it is contiguous"""
    rank = self.dim()
    if rank == 0 or not isinstance(self, DatalessTensor):
        return None
    if not -rank <= start_dim < rank or not -rank <= end_dim < rank:
        return None
    start, end = start_dim % rank, end_dim % rank
    if start > end or not self.is_contiguous():
        return None
    if start == end:
        return self
    shape = (*self.shape[:start], math.prod(self.shape[start : end + 1]), *self.shape[end + 1 :])
    return hidden(self.view(shape), self.device)


def _channels_first(tensor: torch.Tensor) -> bool:
    """Whether a tensor surely does not have its channels last: its last dimension lies inside of them."""
    return is_plain(tensor) or tensor.dim() not in _WITH_CHANNELS or tensor.stride(-1) < tensor.stride(1)
