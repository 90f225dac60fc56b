"""Output shapes of linear layers and matrix products: always contiguous."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules.layout import broadcast
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
    return dataless((*input.shape[:-1], weight.shape[0]), input.dtype, device=input.device)


@rule("aten::mm")
def mm(self: torch.Tensor, mat2: torch.Tensor) -> torch.Tensor | None:
    """[n, p] = mm([n, m], [m, p])"""
    return matmul(self, mat2) if self.dim() == mat2.dim() == 2 else None


@rule("aten::bmm")
def bmm(self: torch.Tensor, mat2: torch.Tensor) -> torch.Tensor | None:
    """[b, n, p] = bmm([b, n, m], [b, m, p])"""
    return matmul(self, mat2) if self.dim() == mat2.dim() == 3 and self.shape[0] == mat2.shape[0] else None


@rule("aten::mv")
def mv(self: torch.Tensor, vec: torch.Tensor) -> torch.Tensor | None:
    """[n] = mv([n, m], [m])"""
    return matmul(self, vec) if (self.dim(), vec.dim()) == (2, 1) else None


@rule("aten::matmul")
def matmul(self: torch.Tensor, other: torch.Tensor) -> torch.Tensor | None:
    """[*b, n, p] = matmul([*b, n, m], [*b, m, p]), batch dimensions broadcast; n, p or both may be missing"""
    if not self.dim() or not other.dim() or self.dtype != other.dtype:
        return None
    batch = broadcast(self.shape[:-2], other.shape[:-2])
    if batch is None or self.shape[-1] != other.shape[-2:][0]:
        return None
    shape = (*batch, *self.shape[-2:-1], *other.shape[-1:] * (other.dim() > 1))
    return dataless(shape, self.dtype, device=self.device)


@rule("aten::addmm")
def addmm(self: torch.Tensor, mat1: torch.Tensor, mat2: torch.Tensor, **_: object) -> torch.Tensor | None:
    """[n, p] = self + [n, m] @ [m, p], self broadcast"""
    return _added(self, mm(mat1, mat2))


@rule("aten::addmv")
def addmv(self: torch.Tensor, mat: torch.Tensor, vec: torch.Tensor, **_: object) -> torch.Tensor | None:
    """[n] = self + [n, m] @ [m], self broadcast"""
    return _added(self, mv(mat, vec))


@rule("aten::baddbmm")
def baddbmm(self: torch.Tensor, batch1: torch.Tensor, batch2: torch.Tensor, **_: object) -> torch.Tensor | None:
    """[b, n, p] = self + [b, n, m] @ [b, m, p], self broadcast"""
    return _added(self, bmm(batch1, batch2))


def _added(self: torch.Tensor, product: torch.Tensor | None) -> torch.Tensor | None:
    if product is None or self.dtype != product.dtype or broadcast(self.shape, product.shape) != tuple(product.shape):
        return None
    return product
