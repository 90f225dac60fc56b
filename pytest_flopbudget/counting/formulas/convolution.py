"""Convolutions: for every output element, every kernel element meets an input element, padding included.

Source: 2·H_out·W_out·C_out·K_h·K_w·C_in/groups FLOPs, two a MAC. A transposed convolution is the adjoint of
one: every input element meets every kernel element of its group. Stride, padding and dilation matter through
the output's shape alone. A bias is one addition an output element and no MAC.
"""

from __future__ import annotations

import math

from pytest_flopbudget.counting.formulas.elements import addition, real_products
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(
    "aten::conv1d",
    "aten::conv2d",
    "aten::conv3d",
    "aten::_convolution_mode",
    "aten::mkldnn_convolution",
)
def conv(weight: TensorSpec, *, out: TensorSpec, bias: TensorSpec | None = None, **_: object) -> Cost:
    """[n, c_out, *out] = conv([n, c_in, *in], [c_out, c_in / groups, *kernel]), with or without n

    MACs: output elements × c_in / groups × kernel elements.
    """
    return Cost(real_products(weight) * out.numel * math.prod(weight.shape[1:])) + addition(bias, out)


@formula("aten::conv_transpose1d", "aten::conv_transpose2d", "aten::conv_transpose3d")
def conv_transpose(
    input: TensorSpec, weight: TensorSpec, *, out: TensorSpec, bias: TensorSpec | None = None, **_: object
) -> Cost:
    """[n, c_out, *out] = conv_transpose([n, c_in, *in], [c_in, c_out / groups, *kernel]), with or without n

    MACs: input elements × c_out / groups × kernel elements.
    """
    return Cost(real_products(weight) * input.numel * math.prod(weight.shape[1:])) + addition(bias, out)


@formula("aten::convolution", "aten::_convolution", "aten::convolution_overrideable")
def convolution(
    input: TensorSpec,
    weight: TensorSpec,
    *,
    transposed: bool,
    out: TensorSpec,
    bias: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """A convolution, or a transposed one, as ``transposed`` says: it counts as that does."""
    if transposed:
        return conv_transpose(input, weight, out=out, bias=bias)
    return conv(weight, out=out, bias=bias)


@formula("aten::conv_tbc")
def conv_tbc(weight: TensorSpec, bias: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[t_out, n, c_out] = conv_tbc([t_in, n, c_in], [kernel, c_in, c_out]) + [c_out]

    MACs: output elements × c_in × kernel elements.
    """
    kernel, c_in, _c_out = weight.shape
    return Cost(real_products(weight) * out.numel * kernel * c_in) + addition(bias, out)
