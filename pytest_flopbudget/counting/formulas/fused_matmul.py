"""Matrix products that carry more with them: groups, scales, an activation."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.activations import gelu, relu
from pytest_flopbudget.counting.formulas.elements import addition, per_element, real_products
from pytest_flopbudget.counting.formulas.matmul import addmm
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

_BATCHES = 3
# Two numbers of 4 bits share an element, along the dimension that is summed.
_SHARED = "float4_e2m1fn_x2"


@formula("aten::_grouped_mm")
def grouped_mm(
    self: TensorSpec, mat2: TensorSpec, *, out: TensorSpec, bias: TensorSpec | None = None, **_: object
) -> Cost:
    """Products of groups, as a mixture of experts makes them

    MACs: [g, n, m] @ [g, m, p] is a batch, g × n × m × p. Otherwise the groups share a dimension of one of them
    or both (rows [n, m] each meet one of [g, m, p], or [g, n, m] meets columns [m, p], or [n, m] meets [m, p] in
    slices of m), so that each element of that dimension is in one group: n × m × p.
    """
    batches = self.shape[0] if len(self.shape) == len(mat2.shape) == _BATCHES else 1
    pairs = batches * self.shape[-2] * _contracted(self) * mat2.shape[-1]
    return Cost(real_products(self) * pairs) + addition(bias, out)


@formula("aten::_scaled_mm")
def scaled_mm(self: TensorSpec, *, out: TensorSpec, bias: TensorSpec | None = None, **_: object) -> Cost:
    """[n, p] = (scale_a * [n, m]) @ (scale_b * [m, p]) + [p]

    MACs: n × m × p, where numbers of 4 bits stand as [n, m / 2] and [m / 2, p]. The scales are taken out of the sum:
    two multiplications an output element.
    """
    return Cost(out.numel * _contracted(self)) + per_element(2, out) + addition(bias, out)


@formula("aten::_addmm_activation")
def addmm_activation(
    mat1: TensorSpec,
    *,
    out: TensorSpec,
    beta: complex = 1,
    alpha: complex = 1,
    use_gelu: bool = False,
    **_: object,
) -> Cost:
    """[n, p] = relu or gelu of addmm([p], [n, m], [m, p]), the gelu by its tanh"""
    activation = gelu(out=out, approximate="tanh") if use_gelu else relu(out=out)
    return addmm(mat1, out=out, beta=beta, alpha=alpha) + activation


@formula("aten::_scaled_mm_v2")
def scaled_mm_by_blocks(
    self: TensorSpec,
    scale_a: Sequence[TensorSpec],
    *,
    out: TensorSpec,
    bias: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """_scaled_mm, its scales by rows or blocks, in one level or two: two multiplications an output element and level"""
    return Cost(out.numel * _contracted(self)) + per_element(2 * len(scale_a), out) + addition(bias, out)


@formula("aten::_scaled_grouped_mm", "aten::_scaled_grouped_mm_v2")
def scaled_grouped_mm(
    self: TensorSpec, mat2: TensorSpec, *, out: TensorSpec, bias: TensorSpec | None = None, **_: object
) -> Cost:
    """_grouped_mm, and two multiplications an output element for the scales"""
    return grouped_mm(self, mat2, out=out, bias=bias) + per_element(2, out)


def _contracted(self: TensorSpec) -> int:
    """The numbers in a row, which a product sums."""
    return self.shape[-1] * (2 if self.dtype == _SHARED else 1)
