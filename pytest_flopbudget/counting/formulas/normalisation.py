"""Normalisation: FLOPs an element and a group, by their definitions.

Per element: with statistics of the input, the mean 1 (its divisions included) and the variance 3 (subtract,
square, add); then subtract the mean, multiply by the reciprocal deviation: 2; weight and bias one each.
Per group: the reciprocal deviation, 1 / sqrt(variance + eps): 3. Running statistics that follow, running +
momentum * (new - running), are 3 each, and the unbiased variance 1: 7 a group.
The convention stands in ``elements.py``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

STATISTICS = 4
NORMALISE = 2
DEVIATION = 3
RUNNING = 7


@formula(
    "aten::batch_norm",
    "aten::native_batch_norm",
    "aten::_native_batch_norm_legit",
    "aten::_native_batch_norm_legit_functional",
    "aten::_batch_norm_impl_index",
    "aten::cudnn_batch_norm",
    "aten::miopen_batch_norm",
)
def batch_norm(
    input: TensorSpec,
    *,
    training: bool,
    weight: TensorSpec | None = None,
    bias: TensorSpec | None = None,
    running_mean: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[n, c, *size] = batch_norm([n, c, *size]): a group is a channel; measured, and followed, in training"""
    channels = math.prod(input.shape[1:2])
    running = Cost(other_flops=RUNNING * channels) if training and running_mean is not None else Cost()
    return _normalised(input, channels, weight, bias, measured=training) + running


@formula("aten::_native_batch_norm_legit_no_training", "aten::_batch_norm_no_update")
def batch_norm_as_evaluated(
    input: TensorSpec, *, weight: TensorSpec | None = None, bias: TensorSpec | None = None, **_: object
) -> Cost:
    """batch_norm with ``training=False``"""
    return batch_norm(input, training=False, weight=weight, bias=bias)


@formula("aten::_batch_norm_with_update", "aten::_batch_norm_with_update_functional")
def batch_norm_in_training(
    input: TensorSpec,
    *,
    running_mean: TensorSpec,
    weight: TensorSpec | None = None,
    bias: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """batch_norm with ``training=True``"""
    return batch_norm(input, training=True, weight=weight, bias=bias, running_mean=running_mean)


@formula("aten::instance_norm")
def instance_norm(
    input: TensorSpec,
    *,
    use_input_stats: bool,
    weight: TensorSpec | None = None,
    bias: TensorSpec | None = None,
    running_mean: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[n, c, *size] = instance_norm([n, c, *size]): a group is a channel of one sample

    The running statistics follow each group; their mean over the samples is 2 more a group.
    """
    groups = input.shape[0] * input.shape[1]
    follows = use_input_stats and running_mean is not None
    running = Cost(other_flops=(RUNNING + 2) * groups) if follows else Cost()
    return _normalised(input, groups, weight, bias, measured=use_input_stats) + running


@formula("aten::layer_norm", "aten::native_layer_norm")
def layer_norm(
    input: TensorSpec,
    normalized_shape: Sequence[int],
    *,
    weight: TensorSpec | None = None,
    bias: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[*, *normalized] = layer_norm([*, *normalized]): a group is one normalised block"""
    return _normalised(input, _blocks(input, normalized_shape), weight, bias)


@formula("aten::group_norm")
def group_norm(
    input: TensorSpec,
    num_groups: int,
    *,
    weight: TensorSpec | None = None,
    bias: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[n, c, *size] = group_norm([n, c, *size]): num_groups groups a sample"""
    return _normalised(input, input.shape[0] * num_groups, weight, bias)


@formula("aten::native_group_norm")
def native_group_norm(
    input: TensorSpec,
    group: int,
    *,
    weight: TensorSpec | None = None,
    bias: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """group_norm, its groups a sample called ``group``"""
    return group_norm(input, group, weight=weight, bias=bias)


@formula("aten::rms_norm", "aten::_fused_rms_norm")
def rms_norm(
    input: TensorSpec, normalized_shape: Sequence[int], *, weight: TensorSpec | None = None, **_: object
) -> Cost:
    """x / sqrt(mean(x * x) + eps) * weight: square, mean, multiply: 3 an element, 1 with a weight; 3 a group"""
    groups = Cost(other_flops=DEVIATION * _blocks(input, normalized_shape))
    return per_element(3 + (weight is not None), input) + groups


@formula("aten::_weight_norm", "aten::_weight_norm_interface")
def weight_norm(v: TensorSpec, g: TensorSpec, **_: object) -> Cost:
    """v * (g / norm(v)): square, add (its last the root), multiply: 3 an element of v; a division for each g"""
    return per_element(3, v) + per_element(1, g)


def _normalised(
    input: TensorSpec,
    groups: int,
    weight: TensorSpec | None,
    bias: TensorSpec | None,
    *,
    measured: bool = True,
) -> Cost:
    each = STATISTICS * measured + NORMALISE + (weight is not None) + (bias is not None)
    return per_element(each, input) + Cost(other_flops=DEVIATION * groups)


def _blocks(input: TensorSpec, normalized_shape: Sequence[int]) -> int:
    return math.prod(input.shape[: len(input.shape) - len(normalized_shape)])
