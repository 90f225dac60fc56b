"""Normalisation and softmax, by the definitions that torch's formulas write out."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas import normalisation, softmax
from pytest_flopbudget.counting.formulas.elements import per_element, rows
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.onnx_formulas.naming import onnx
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(*onnx("BatchNormalization"))
def batch_norm(
    X: TensorSpec, scale: TensorSpec, B: TensorSpec, *, input_mean: TensorSpec, training_mode: int = 0, **_: object
) -> Cost:
    """[n, c, *size] = BatchNormalization([n, c, *size]): a group is a channel"""
    return normalisation.batch_norm(X, training=bool(training_mode), weight=scale, bias=B, running_mean=input_mean)


@formula(*onnx("InstanceNormalization"))
def instance_norm(input: TensorSpec, scale: TensorSpec, B: TensorSpec, **_: object) -> Cost:
    """[n, c, *size] = InstanceNormalization([n, c, *size]): a group is a channel of one sample"""
    return normalisation.instance_norm(input, use_input_stats=True, weight=scale, bias=B)


@formula(*onnx("LayerNormalization"))
def layer_norm(X: TensorSpec, Scale: TensorSpec, *, B: TensorSpec | None = None, axis: int = -1, **_: object) -> Cost:
    """[*, *normalized] = LayerNormalization([*, *normalized]), from axis on"""
    return normalisation.layer_norm(X, X.shape[axis:], weight=Scale, bias=B)


@formula(*onnx("GroupNormalization"))
def group_norm(X: TensorSpec, scale: TensorSpec, bias: TensorSpec, num_groups: int, **_: object) -> Cost:
    """[n, c, *size] = GroupNormalization([n, c, *size]): num_groups groups a sample"""
    return normalisation.group_norm(X, num_groups, weight=scale, bias=bias)


@formula(*onnx("RMSNormalization"))
def rms_norm(X: TensorSpec, scale: TensorSpec, *, axis: int = -1, **_: object) -> Cost:
    """x / sqrt(mean(x * x) + eps) * scale, from axis on"""
    return normalisation.rms_norm(X, X.shape[axis:], weight=scale)


@formula(*onnx("LpNormalization"))
def lp_normalization(input: TensorSpec, *, axis: int = -1, p: int = 2, **_: object) -> Cost:
    """x / norm(x): of order 2, square, add, root, divide: 3 an element; of order 1, a root a row less"""
    count, _length = rows(input, axis)
    return per_element(3, input) + Cost(other_flops=-count if p == 1 else 0)


@formula(*onnx("LRN"))
def local_response(X: TensorSpec, size: int, **_: object) -> Cost:
    """x / (bias + alpha * mean of size squares) ** beta

    Square 1, additions size - 1, divide, multiply, add, power, divide: size + 5 an element.
    """
    return per_element(size + 5, X)


@formula(*onnx("Softmax"))
def softmax_of(input: TensorSpec, *, axis: int = -1, **_: object) -> Cost:
    """exp(x - max) / sum(exp(x - max)) along axis: 5 * n - 2 * rows"""
    return softmax.softmax(input, axis)


@formula(*onnx("LogSoftmax"))
def log_softmax(input: TensorSpec, *, axis: int = -1, **_: object) -> Cost:
    """log(softmax(x)) along axis: 5 * n - rows"""
    return softmax.log_softmax(input, axis)


@formula(*onnx("Hardmax"))
def hardmax(input: TensorSpec, *, axis: int = -1, **_: object) -> Cost:
    """1 at the first of the largest along axis, else 0: n - rows comparisons"""
    count, length = rows(input, axis)
    return Cost(other_flops=count * (length - 1)) if length else Cost()
