"""Rows scaled down to a largest norm. Which rows exceed it depends on the data: all are counted."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import per_element, real_numbers
from pytest_flopbudget.counting.formulas.reductions import vector_norm
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

# Compare the norm with the largest, add epsilon, divide.
_ROW = 3


@formula("aten::renorm", "aten::renorm_")
def renorm(self: TensorSpec, p: float, dim: int, **_: object) -> Cost:
    """Each slice along dim: its norm of order p; compare, add, divide; a product an element"""
    return _scaled(self, self.shape[dim], p)


@formula("aten::embedding_renorm_", "aten::embedding_renorm")
def embedding_renorm(self: TensorSpec, indices: TensorSpec, norm_type: float, **_: object) -> Cost:
    """Each row of [rows, d] that is looked up, as renorm: one for each index"""
    return _scaled(TensorSpec((indices.numel, self.shape[-1]), self.dtype), indices.numel, norm_type)


def _scaled(tensor: TensorSpec, slices: int, p: float) -> Cost:
    norms = vector_norm(tensor, out=TensorSpec((slices,), tensor.dtype), ord=p)
    return norms + Cost(other_flops=real_numbers(tensor) * _ROW * slices) + per_element(1, tensor)
