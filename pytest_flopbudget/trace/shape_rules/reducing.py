"""Output shapes of reductions over given dimensions: always contiguous."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules.marking import rule


@rule("aten::mean.dim", "aten::sum.dim_IntList")
def summed(
    self: torch.Tensor, dim: Sequence[int] | None, keepdim: bool = False, *, dtype: torch.dtype | None = None
) -> torch.Tensor | None:
    """[*] = sum([*, n, *]), or [*, 1, *]"""
    return _reduced(self, dim, keepdim, dtype)


@rule("aten::amax", "aten::amin")
def extreme(self: torch.Tensor, dim: Sequence[int] = (), keepdim: bool = False) -> torch.Tensor | None:
    """[*] = amax([*, n, *]), or [*, 1, *]"""
    return _reduced(self, dim, keepdim) if self.numel() else None


@rule("aten::logsumexp")
def logsumexp(self: torch.Tensor, dim: Sequence[int], keepdim: bool = False) -> torch.Tensor | None:
    """[*] = logsumexp([*, n, *]), or [*, 1, *]"""
    return _reduced(self, dim, keepdim) if self.numel() else None


@rule("aten::var.correction", "aten::std.correction")
def deviation(
    self: torch.Tensor,
    dim: Sequence[int] | None = None,
    *,
    correction: float | None = None,  # noqa: ARG001
    keepdim: bool = False,
) -> torch.Tensor | None:
    """[*] = var([*, n, *]), or [*, 1, *]"""
    return _reduced(self, dim, keepdim)


@rule("aten::linalg_vector_norm")
def vector_norm(
    self: torch.Tensor,
    ord: float = 2,
    dim: Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: torch.dtype | None = None,
) -> torch.Tensor | None:
    """[*] = norm([*, n, *]), or [*, 1, *]"""
    return _reduced(self, dim, keepdim) if dtype is None and ord > 0 else None


@rule("aten::norm.ScalarOpt_dim")
def norm(
    self: torch.Tensor,
    p: float | None,  # noqa: ARG001
    dim: Sequence[int],
    keepdim: bool = False,
) -> torch.Tensor | None:
    """[*] = norm([*, n, *]), or [*, 1, *]"""
    return _reduced(self, dim, keepdim) if self.numel() else None


@rule("aten::mean", "aten::sum")
def over_all(self: torch.Tensor, *, dtype: torch.dtype | None = None) -> torch.Tensor | None:
    """[] = sum([*])"""
    return _reduced(self, None, keepdim=False, dtype=dtype)


@rule("aten::argmax", "aten::argmin")
def place_of_extreme(self: torch.Tensor, dim: int | None = None, keepdim: bool = False) -> torch.Tensor | None:
    """int64 [*] = argmax([*, n, *]), or [*, 1, *]"""
    return _reduced(self, None if dim is None else [dim], keepdim, torch.int64) if self.numel() else None


def _reduced(
    self: torch.Tensor, dim: Sequence[int] | None, keepdim: bool, dtype: torch.dtype | None = None
) -> torch.Tensor | None:
    if not self.is_floating_point():
        return None
    rank = self.dim()
    dims = range(rank) if not dim else [each % rank if -rank <= each < rank else rank for each in dim]
    if rank in dims or len(set(dims)) != len(dims):
        return None
    shape = [1 if place in dims else size for place, size in enumerate(self.shape) if keepdim or place not in dims]
    return dataless(shape, dtype or self.dtype, device=self.device)
