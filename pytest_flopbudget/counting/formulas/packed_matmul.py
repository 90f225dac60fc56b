"""Matrix products with packed weights: of few bits, or with half of their elements left out.

Weights of 8 bits are scaled after the sum, an output element each; those of 4 bits by groups, each element dequantised
before: subtract, multiply: 2. What a weight with two of four elements left out has no elements for is not multiplied.
A shape does not say how many elements another sparse matrix has: its products are counted as if it were dense.
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.activations import relu, silu
from pytest_flopbudget.counting.formulas.elements import addition, per_element
from pytest_flopbudget.counting.formulas.matmul import linear, matmul, scaled_sum
from pytest_flopbudget.counting.formulas.quantisation import DEQUANTISE, QUANTISE, observed
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

_LEFT = 2


@formula("aten::_weight_int8pack_mm")
def int8_mm(self: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[n, p] = ([n, m] @ [p, m]') * [p]: output elements × m MACs, a product an output element"""
    return Cost(out.numel * self.shape[-1]) + per_element(1, out)


@formula(
    "aten::_weight_int4pack_mm",
    "aten::_weight_int4pack_mm_for_cpu",
    "aten::_weight_int4pack_mm_with_scales_and_zeros",
    "quantized::int4mm_packed_weight_cpu",
)
def int4_mm(self: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[n, p] = [n, m] @ packed [p, m]': output elements × m MACs, 2 for each of the m * p weights"""
    m, p = self.shape[-1], out.shape[-1]
    return Cost(out.numel * m, DEQUANTISE * m * p)


@formula("aten::_dyn_quant_matmul_4bit")
def dynamic_int4_mm(inp: TensorSpec, block_size: int, in_features: int, *, out: TensorSpec, **_: object) -> Cost:
    """[*, p] = [*, m] @ packed [p, m]': the input quantised as in a dynamic layer

    Output elements × m MACs; for each block of m a product with its scale and a sum: 2 an output element.
    """
    blocks = -(-in_features // block_size) if block_size else 1
    return observed(inp) + per_element(QUANTISE, inp) + Cost(out.numel * in_features) + per_element(2 * blocks, out)


@formula("aten::_mixed_dtypes_linear")
def mixed_linear(
    input: TensorSpec, *, out: TensorSpec, bias: TensorSpec | None = None, activation: str | None = None, **_: object
) -> Cost:
    """[*, p] = linear([*, m], integers [m, p]) * [p]: a product an output element, and ReLU or SiLU"""
    return linear(input, out=out, bias=bias) + per_element(1, out) + _activated(activation, out)


@formula("aten::_sparse_semi_structured_mm")
def semi_structured_mm(mat1: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[n, p] = packed [n, m / 2] @ [m, p]: output elements × m / 2 MACs"""
    return Cost(out.numel * mat1.shape[-1])


@formula("aten::_sparse_semi_structured_addmm")
def semi_structured_addmm(
    mat1: TensorSpec, *, out: TensorSpec, alpha: complex = 1, beta: complex = 1, **_: object
) -> Cost:
    """[n, p] = beta * [n] + alpha * (packed [n, m / 2] @ [m, p])"""
    return semi_structured_mm(mat1, out=out) + scaled_sum(out, beta, alpha)


@formula("aten::_sparse_semi_structured_linear")
def semi_structured_linear(
    weight: TensorSpec, *, out: TensorSpec, bias: TensorSpec | None = None, activation: str | None = None, **_: object
) -> Cost:
    """[*, p] = linear([*, m], packed [p, m / 2]) + [p]: output elements × m / 2 MACs; ReLU or SiLU"""
    return Cost(out.numel * weight.shape[-1]) + addition(bias, out) + _activated(activation, out)


@formula("aten::_cslt_sparse_mm")
def cslt_mm(
    dense_B: TensorSpec,
    *,
    out: TensorSpec,
    bias: TensorSpec | None = None,
    alpha: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[n, p] = packed [n, m] @ [m, p] with half of its elements: output elements × m / 2 MACs"""
    products = Cost(out.numel * dense_B.shape[0] // _LEFT)
    return products + per_element(int(alpha is not None), out) + addition(bias, out)


@formula("aten::_sparse_addmm", "aten::sparse_sampled_addmm", "aten::sspaddmm")
def sparse_addmm(mat1: TensorSpec, *, out: TensorSpec, beta: complex = 1, alpha: complex = 1, **_: object) -> Cost:
    """[n, p] = beta * self + alpha * ([n, m] @ [m, p]), one of them sparse: n × m × p MACs, as if it were dense"""
    return matmul(mat1, out=out) + scaled_sum(out, beta, alpha)


@formula("aten::_sparse_sparse_matmul")
def sparse_sparse_matmul(self: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[n, p] = [n, m] @ [m, p], both sparse: n × m × p MACs, as if they were dense"""
    return matmul(self, out=out)


def _activated(activation: str | None, out: TensorSpec) -> Cost:
    if activation is None or activation in ("none", "identity"):
        return Cost()
    return relu(out=out) if activation == "relu" else silu(out=out)
