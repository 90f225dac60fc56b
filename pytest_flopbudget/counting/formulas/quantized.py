"""Quantized layers: the MACs of the layer, its weights read from the packed parameters.

A static layer multiplies integers, and requantises each output element: its product with the scales, rounded, with
the zero point, between two bounds: 5, besides 1 for a bias. A dynamic one finds the range of its input, quantises
it, and scales each output element: 1. Zero points are taken out of the sums and not counted. Layers that keep their
weights as halves work on floats. Packed parameters arrive as (weight, bias).
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.convolution import conv, conv_transpose
from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.formulas.matmul import linear
from pytest_flopbudget.counting.formulas.quantisation import DEQUANTISE, QUANTISE, observed
from pytest_flopbudget.counting.marking import formula, free
from pytest_flopbudget.counting.operators import Cost, TensorSpec

Packed = Sequence[TensorSpec | None]

PACKING = free(
    *(f"quantized::{kind}_prepack" for kind in ("linear", "conv1d", "conv2d", "conv3d", "embedding_bag")),
    *(f"quantized::conv_transpose{dims}d_prepack" for dims in (1, 2, 3)),
    *(f"quantized::{kind}_unpack" for kind in ("linear", "conv1d", "conv2d", "conv3d", "embedding_bag")),
    *(f"quantized::conv_transpose{dims}d_unpack" for dims in (1, 2, 3)),
    "aten::_wrapped_linear_prepack",
    "_quantized::_wrapped_linear_prepack",
    "quantized::linear_prepack_fp16",
    "quantized::linear_unpack_fp16",
    "quantized::make_quantized_cell_params",
    "quantized::make_quantized_cell_params_dynamic",
    "quantized::make_quantized_cell_params_fp16",
    reason="weights are put into the form of a kernel, or back",
)


@formula("quantized::linear", "_quantized::linear")
def quantized_linear(X: TensorSpec, W_prepack: Packed, *, out: TensorSpec, **_: object) -> Cost:
    """[*, p] = linear([*, m], [p, m]) + [p]: output elements × m MACs; an output element 5, and its bias"""
    return _product(X, W_prepack, out) + per_element(QUANTISE, out)


@formula("quantized::linear_relu")
def quantized_linear_relu(X: TensorSpec, W_prepack: Packed, *, out: TensorSpec, **_: object) -> Cost:
    """linear and a ReLU, which is the lower bound"""
    return quantized_linear(X, W_prepack, out=out)


@formula("quantized::linear_leaky_relu")
def quantized_linear_leaky_relu(
    X: TensorSpec,
    W_prepack: Packed,
    *,
    out: TensorSpec,
    **_: object,
) -> Cost:
    """linear; compare, multiply: 2"""
    return quantized_linear(X, W_prepack, out=out) + per_element(2, out)


@formula("quantized::linear_tanh")
def quantized_linear_tanh(X: TensorSpec, W_prepack: Packed, *, out: TensorSpec, **_: object) -> Cost:
    """linear; tanh: 1"""
    return quantized_linear(X, W_prepack, out=out) + per_element(1, out)


@formula("quantized::linear_dynamic", "_quantized::linear_dynamic")
def linear_dynamic(X: TensorSpec, W_prepack: Packed, *, out: TensorSpec, **_: object) -> Cost:
    """linear: the input's range 2 * (n - 1) and parameters 7, quantised 5 an element; a product an output element"""
    return observed(X) + per_element(QUANTISE, X) + _product(X, W_prepack, out) + per_element(1, out)


@formula("aten::_wrapped_quantized_linear_prepacked")
def wrapped_linear(input: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """linear of floats: the input quantised 5; an output element its bias 1, requantised 5 and back 2"""
    product = linear(input, out=out, bias=TensorSpec(out.shape[-1:]))
    return per_element(QUANTISE, input) + product + per_element(QUANTISE + DEQUANTISE, out)


@formula("_quantized::_wrapped_quantized_linear_prepacked")
def wrapped_mobile_linear(X: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """The same, as a mobile build has it"""
    return wrapped_linear(X, out=out)


@formula("quantized::linear_relu_dynamic")
def linear_relu_dynamic(X: TensorSpec, W_prepack: Packed, *, out: TensorSpec, **_: object) -> Cost:
    """linear_dynamic; compare: 1"""
    return linear_dynamic(X, W_prepack, out=out) + per_element(1, out)


@formula("quantized::linear_dynamic_fp16")
def linear_fp16(X: TensorSpec, W_prepack: Packed, *, out: TensorSpec, **_: object) -> Cost:
    """linear on floats, its weights kept as halves"""
    return _product(X, W_prepack, out)


@formula("quantized::linear_relu_dynamic_fp16")
def linear_relu_fp16(X: TensorSpec, W_prepack: Packed, *, out: TensorSpec, **_: object) -> Cost:
    """linear_dynamic_fp16; compare: 1"""
    return _product(X, W_prepack, out) + per_element(1, out)


@formula("quantized::linear_dynamic_fp16_unpacked_weight")
def linear_fp16_unpacked(
    X: TensorSpec,
    *,
    out: TensorSpec,
    bias: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """linear on floats, its weights kept as halves"""
    return linear(X, out=out, bias=bias)


@formula(
    "aten::fbgemm_linear_fp16_weight",
    "aten::fbgemm_linear_fp16_weight_fp32_activation",
    "aten::fbgemm_linear_int8_weight",
    "aten::fbgemm_linear_int8_weight_fp32_activation",
)
def fbgemm_linear(input: TensorSpec, *, out: TensorSpec, bias: TensorSpec | None = None, **_: object) -> Cost:
    """[*, p] = linear([*, m], packed) + [p]: output elements × m MACs"""
    return linear(input, out=out, bias=bias)


@formula("quantized::conv1d", "quantized::conv1d_relu")
def quantized_conv1d(packed_weight: Packed, *, out: TensorSpec, **_: object) -> Cost:
    """A convolution's MACs; an output element 5, and its bias; a ReLU is the lower bound"""
    return quantized_conv(packed_weight=packed_weight, out=out)


@formula(*(f"quantized::conv{dims}d{relu}" for dims in (2, 3) for relu in ("", "_relu")))
def quantized_conv(
    *, out: TensorSpec, packed_weight: Packed | None = None, weight: Packed | None = None, **_: object
) -> Cost:
    """A convolution's MACs; an output element 5, and its bias; a ReLU is the lower bound"""
    return _conv(packed_weight or weight or (), out) + per_element(QUANTISE, out)


@formula("quantized::conv2d_add", "quantized::conv2d_add_relu")
def quantized_conv_add(packed_weight: Packed, *, out: TensorSpec, **_: object) -> Cost:
    """conv2d, and what is added to it: multiply, add: 2"""
    return quantized_conv(packed_weight=packed_weight, out=out) + per_element(2, out)


@formula(*(f"quantized::conv{dims}d_dynamic" for dims in (1, 2, 3)))
def conv_dynamic(qx: TensorSpec, packed_weight: Packed, *, out: TensorSpec, **_: object) -> Cost:
    """A convolution's MACs; the input's range and parameters, quantised 5 an element; a product an output element"""
    return observed(qx) + per_element(QUANTISE, qx) + _conv(packed_weight, out) + per_element(1, out)


@formula(*(f"_quantized::conv{dims}d{relu}" for dims in (2, 3) for relu in ("", "_relu")))
def mobile_conv(packed_weight: Packed, *, out: TensorSpec, **_: object) -> Cost:
    """The same, as a mobile build has it"""
    return quantized_conv(packed_weight=packed_weight, out=out)


@formula(
    *(f"quantized::conv_transpose{dims}d" for dims in (1, 2, 3)),
    *(f"_quantized::conv_transpose{dims}d" for dims in (1, 2)),
)
def quantized_conv_transpose(qx: TensorSpec, packed_weight: Packed, *, out: TensorSpec, **_: object) -> Cost:
    """A transposed convolution's MACs; an output element 5, and its bias"""
    return _conv_transpose(qx, packed_weight, out) + per_element(QUANTISE, out)


@formula(*(f"quantized::conv_transpose{dims}d_dynamic" for dims in (1, 2, 3)))
def conv_transpose_dynamic(qx: TensorSpec, packed_weight: Packed, *, out: TensorSpec, **_: object) -> Cost:
    """A transposed convolution's MACs; the input's range and parameters, quantised 5; a product an output element"""
    return observed(qx) + per_element(QUANTISE, qx) + _conv_transpose(qx, packed_weight, out) + per_element(1, out)


def unpacked(packed: Packed) -> tuple[TensorSpec, TensorSpec | None]:
    """The weight and the bias of packed parameters."""
    weight, *rest = packed
    if weight is None:
        raise ValueError("the packed parameters hold no weight")
    return weight, rest[0] if rest else None


def _product(input: TensorSpec, packed: Packed, out: TensorSpec) -> Cost:
    return linear(input, out=out, bias=unpacked(packed)[1])


def _conv(packed: Packed, out: TensorSpec) -> Cost:
    weight, bias = unpacked(packed)
    return conv(weight, out=out, bias=bias)


def _conv_transpose(input: TensorSpec, packed: Packed, out: TensorSpec) -> Cost:
    weight, bias = unpacked(packed)
    return conv_transpose(input, weight, out=out, bias=bias)
