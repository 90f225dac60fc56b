"""Batch norm over several devices, in pieces; terms and conventions are those of ``normalisation.py``.

Source of the joined variance: Chan, Golub and LeVeque, Updating Formulae and a Pairwise Algorithm for Computing
Sample Variances (1979).
"""

from __future__ import annotations

import math

from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.formulas.normalisation import DEVIATION, NORMALISE, RUNNING, STATISTICS
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

# Of a device's channel: its part of the mean 2; 1 / r / r - eps 3; its part of the variance 2, the square of its
# mean's difference, subtract, square, multiply, add 4.
_JOIN = 2 + 3 + 2 + 4


@formula("aten::batch_norm_stats")
def statistics(input: TensorSpec, **_: object) -> Cost:
    """[c], [c] = mean and reciprocal deviation of [n, c, *size]: 4 an element, 3 a channel"""
    return per_element(STATISTICS, input) + Cost(other_flops=DEVIATION * _channels(input))


@formula("aten::batch_norm_update_stats")
def running_statistics(input: TensorSpec, **_: object) -> Cost:
    """The statistics, 4 an element, and the running ones, which follow: 7 a channel"""
    return per_element(STATISTICS, input) + Cost(other_flops=RUNNING * _channels(input))


@formula("aten::batch_norm_gather_stats", "aten::batch_norm_gather_stats_with_counts")
def gathered_statistics(mean: TensorSpec, *, running_mean: TensorSpec | None = None, **_: object) -> Cost:
    """[c], [c] = those of all devices [devices, c]: 11 each; 3 a channel, and 7 where running statistics follow"""
    channels = mean.shape[-1]
    follows = RUNNING if running_mean is not None else 0
    return per_element(_JOIN, mean) + Cost(other_flops=(DEVIATION + follows) * channels)


@formula("aten::batch_norm_elemt")
def normalised(
    input: TensorSpec, *, weight: TensorSpec | None = None, bias: TensorSpec | None = None, **_: object
) -> Cost:
    """Subtract, multiply: 2; weight and bias one each"""
    return per_element(NORMALISE + (weight is not None) + (bias is not None), input)


@formula("aten::batch_norm_backward_reduce")
def reduced_gradients(input: TensorSpec, weight_g: bool, **_: object) -> Cost:
    """Sums of g and of g * (x - mean): add; subtract, multiply, add: 4; of the weight a product a channel"""
    return per_element(4, input) + Cost(other_flops=_channels(input) * weight_g)


@formula("aten::batch_norm_backward_elemt")
def input_gradient(input: TensorSpec, *, weight: TensorSpec | None = None, **_: object) -> Cost:
    """(g - a - (x - mean) * b) * r * weight: subtract twice, multiply, subtract, multiply: 5

    A channel takes the two sums' divisions a and b 2, b's product with r * r 2, and 1 with a weight.
    """
    return per_element(5, input) + Cost(other_flops=(4 + (weight is not None)) * _channels(input))


def _channels(input: TensorSpec) -> int:
    return math.prod(input.shape[1:2])
