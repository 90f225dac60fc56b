"""Output shapes of linear layers and matrix products: always contiguous."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules.layout import broadcast
from pytest_flopbudget.trace.shape_rules.marking import rule
from pytest_flopbudget.trace.shape_rules.refusing import same_dtype

_ALIGNMENT = 16


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


@rule("aten::_grouped_mm")
def grouped_mm(
    self: torch.Tensor,
    mat2: torch.Tensor,
    offs: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    out_dtype: torch.dtype | None = None,
) -> torch.Tensor | None:
    """[n, p] = grouped_mm([n, m], [g, m, p], ends of the groups [g]); [g, n, p] = grouped_mm([n, m], [m, p], [g])"""
    # torch's data-less kernel wants half precision, which the kernel on the CPU does not.
    if self.dim() != 2 or mat2.dim() not in (2, 3) or offs is None or bias is not None or out_dtype is not None:
        return None
    # The gradient of the weights has the groups in the dimension that is summed up.
    groups = offs.shape if mat2.dim() == 2 else mat2.shape[:1]
    if self.dtype != mat2.dtype or self.shape[1] != mat2.shape[-2] or (offs.dim(), offs.shape) != (1, groups):
        return None
    if offs.dtype != torch.int32 or not self.is_floating_point() or not all(map(_aligned, (self, mat2))):
        return None
    apart = groups if mat2.dim() == 2 else ()
    out = dataless((*apart, self.shape[0], mat2.shape[-1]), self.dtype, device=self.device)
    return out if _aligned(out) else None


def _aligned(matrices: torch.Tensor) -> bool:
    """Whether every row, or every column, begins at a multiple of 16 bytes: grouped products want it so."""
    outer, inner = sorted(matrices.stride()[-2:], reverse=True)
    return bool(matrices.numel()) and inner == 1 and outer * matrices.element_size() % _ALIGNMENT == 0


def _added(self: torch.Tensor, product: torch.Tensor | None) -> torch.Tensor | None:
    if product is None or self.dtype != product.dtype or broadcast(self.shape, product.shape) != tuple(product.shape):
        return None
    return product
