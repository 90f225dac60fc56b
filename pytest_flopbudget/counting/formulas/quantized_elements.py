"""Quantized operators without weights of their own: the operator on numbers, its inputs dequantised, its output back.

An element of an input costs 2, one of the output 5. What only compares or chooses works on the integers themselves,
and costs what it costs on numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.counting.formulas import activations, normalisation
from pytest_flopbudget.counting.formulas.elements import per_element, window
from pytest_flopbudget.counting.formulas.matmul import matmul
from pytest_flopbudget.counting.formulas.quantisation import DEQUANTISE, QUANTISE
from pytest_flopbudget.counting.formulas.softmax import softmax
from pytest_flopbudget.counting.marking import formula, free
from pytest_flopbudget.counting.operators import Cost, TensorSpec

DROPOUT = free("quantized::dropout", reason="a quantized model is not trained: nothing is dropped")


def _binary(name: str) -> tuple[str, ...]:
    return tuple(f"quantized::{name}{kind}" for kind in ("", "_out", "_relu", "_relu_out"))


@formula(*_binary("add"), *_binary("mul"), "_quantized::add")
def quantized_sum(*, out: TensorSpec, qa: object = None, qb: object = None, **_: object) -> Cost:
    """a + b or a * b, of two tensors: 2 each, 1, and 5; a number leaves 2, 1 and 5. A ReLU is the lower bound"""
    operands = [each for each in (qa, qb) if isinstance(each, TensorSpec)]
    return sum((per_element(DEQUANTISE, each) for each in operands), per_element(1 + QUANTISE, out))


@formula(
    *(f"quantized::{name}_scalar{kind}" for name in ("add", "mul") for kind in ("", "_out", "_relu", "_relu_out")),
)
def quantized_sum_with_number(*, out: TensorSpec, **_: object) -> Cost:
    """a + b or a * b of a tensor and a number: 2, 1 and 5"""
    return per_element(DEQUANTISE + 1 + QUANTISE, out)


@formula("quantized::cat", "quantized::cat_relu", "quantized::cat_out", "quantized::cat_relu_out")
def quantized_cat(*, out: TensorSpec, **_: object) -> Cost:
    """Every element from its own scale to the output's: 2 and 5; a ReLU is the lower bound"""
    return per_element(DEQUANTISE + QUANTISE, out)


@formula("quantized::matmul")
def quantized_matmul(qa: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[*b, n, p] = matmul([*b, n, m], [*b, m, p]): output elements × m MACs, and 5 an output element"""
    return matmul(qa, out=out) + per_element(QUANTISE, out)


@formula("quantized::clamp", "quantized::relu6")
def quantized_clamp(*, out: TensorSpec, **_: object) -> Cost:
    """Two comparisons: 2"""
    return per_element(2, out)


@formula("quantized::threshold")
def quantized_threshold(*, out: TensorSpec, **_: object) -> Cost:
    """A comparison: 1"""
    return per_element(1, out)


@formula("quantized::leaky_relu", "quantized::prelu")
def quantized_leaky_relu(*, out: TensorSpec, **_: object) -> Cost:
    """leaky_relu 2, besides 2 and 5"""
    return activations.leaky_relu(out=out) + _back_and_forth(out)


@formula("quantized::sigmoid")
def quantized_sigmoid(*, out: TensorSpec, **_: object) -> Cost:
    """sigmoid 4, besides 2 and 5"""
    return activations.sigmoid(out=out) + _back_and_forth(out)


@formula("quantized::hardswish")
def quantized_hardswish(*, out: TensorSpec, **_: object) -> Cost:
    """hardswish 5, besides 2 and 5"""
    return activations.hardswish(out=out) + _back_and_forth(out)


@formula("quantized::elu")
def quantized_elu(*, out: TensorSpec, scale: float = 1, input_scale: float = 1, **_: object) -> Cost:
    """elu 3 or more, besides 2 and 5"""
    return activations.elu(out=out, scale=scale, input_scale=input_scale) + _back_and_forth(out)


@formula("quantized::celu")
def quantized_celu(*, out: TensorSpec, **_: object) -> Cost:
    """celu 4, besides 2 and 5"""
    return activations.selu(out=out) + _back_and_forth(out)


@formula("quantized::softmax")
def quantized_softmax(qx: TensorSpec, dim: int, *, out: TensorSpec, **_: object) -> Cost:
    """softmax, besides 2 and 5"""
    return softmax(qx, dim) + _back_and_forth(out)


@formula(
    *(f"quantized::batch_norm{dims}{relu}" for dims in ("", "1d", "2d", "3d") for relu in ("", "_relu")),
)
def quantized_batch_norm(
    qx: TensorSpec, *, weight: TensorSpec | None = None, bias: TensorSpec | None = None, **_: object
) -> Cost:
    """batch_norm as evaluated, besides 2 and 5; a ReLU is the lower bound"""
    return normalisation.batch_norm(qx, training=False, weight=weight, bias=bias) + _back_and_forth(qx)


@formula("aten::quantized_batch_norm")
def quantized_batch_norm_of_input(
    input: TensorSpec, *, weight: TensorSpec | None = None, bias: TensorSpec | None = None, **_: object
) -> Cost:
    """batch_norm as evaluated, besides 2 and 5"""
    return quantized_batch_norm(input, weight=weight, bias=bias)


@formula("quantized::layer_norm")
def quantized_layer_norm(
    input: TensorSpec,
    normalized_shape: Sequence[int],
    *,
    weight: TensorSpec | None = None,
    bias: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """layer_norm, besides 2 and 5"""
    return normalisation.layer_norm(input, normalized_shape, weight=weight, bias=bias) + _back_and_forth(input)


@formula("quantized::group_norm")
def quantized_group_norm(
    input: TensorSpec,
    num_groups: int,
    *,
    weight: TensorSpec | None = None,
    bias: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """group_norm, besides 2 and 5"""
    return normalisation.group_norm(input, num_groups, weight=weight, bias=bias) + _back_and_forth(input)


@formula("quantized::instance_norm")
def quantized_instance_norm(
    input: TensorSpec, *, weight: TensorSpec | None = None, bias: TensorSpec | None = None, **_: object
) -> Cost:
    """instance_norm, besides 2 and 5"""
    measured = normalisation.instance_norm(input, use_input_stats=True, weight=weight, bias=bias)
    return measured + _back_and_forth(input)


@formula("quantized::max_pool1d", "aten::quantized_max_pool1d")
def quantized_max_pool1d(kernel_size: Sequence[int], *, out: TensorSpec, **_: object) -> Cost:
    """kernel - 1 comparisons an output element"""
    return per_element(window(kernel_size, 1) - 1, out)


@formula("quantized::max_pool2d", "aten::quantized_max_pool2d")
def quantized_max_pool2d(kernel_size: Sequence[int], *, out: TensorSpec, **_: object) -> Cost:
    """kernel - 1 comparisons an output element"""
    return per_element(window(kernel_size, 2) - 1, out)


@formula("aten::quantized_max_pool3d")
def quantized_max_pool3d(kernel_size: Sequence[int], *, out: TensorSpec, **_: object) -> Cost:
    """kernel - 1 comparisons an output element"""
    return per_element(window(kernel_size, 3) - 1, out)


def _back_and_forth(tensor: TensorSpec) -> Cost:
    return per_element(DEQUANTISE + QUANTISE, tensor)
