"""Output shapes of linear layers and matrix products."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules.marking import rule
from pytest_flopbudget.trace.shape_rules.refusing import same_dtype


@rule("aten::linear")
def linear(input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor | None:
    """[*, p] = linear([*, m], [p, m], [p])"""
    same_dtype("a linear layer", input, weight, bias)
    if weight.dim() != 2 or input.dim() < 1 or input.shape[-1] != weight.shape[1]:
        return None
    if bias is not None and bias.shape != weight.shape[:1]:
        return None
    if input.dim() > 3 and not input.is_contiguous():
        return None
    return dataless((*input.shape[:-1], weight.shape[0]), input.dtype, device=input.device)


@rule("aten::mm")
def mm(self: torch.Tensor, mat2: torch.Tensor) -> torch.Tensor | None:
    """[n, p] = mm([n, m], [m, p])"""
    if self.dim() != 2 or mat2.dim() != 2 or self.shape[1] != mat2.shape[0]:
        return None
    return dataless((self.shape[0], mat2.shape[1]), self.dtype, device=self.device)


@rule("aten::bmm")
def bmm(self: torch.Tensor, mat2: torch.Tensor) -> torch.Tensor | None:
    """[b, n, p] = bmm([b, n, m], [b, m, p])"""
    if self.dim() != 3 or mat2.dim() != 3 or self.shape[0] != mat2.shape[0] or self.shape[2] != mat2.shape[1]:
        return None
    return dataless((*self.shape[:2], mat2.shape[2]), self.dtype, device=self.device)
