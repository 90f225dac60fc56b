"""The adjoints of normalisation, from the statistics that the forward saved.

With x' = (x - mean) * r, r the reciprocal deviation and g' = g * weight, in groups as in ``normalisation.py``:
of the input r * (g' - mean(g') - x' * mean(g' * x')), of the weight the sums of g * x', of the bias the sums of g.
Source: the derivative written out; in this form in Ioffe and Szegedy, Batch Normalization (2015), section 3.
The convention stands in ``elements.py``; what ``output_mask`` does not ask for costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.elements import per_element, sums
from pytest_flopbudget.counting.formulas.normalisation import DEVIATION, NORMALISE
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

# Mean, product and mean, product with x', two subtractions, product with r.
_OF_INPUT = 1 + 1 + 1 + 1 + 2 + 1
# Without the mean of g': product and mean, product with x', a subtraction, product with r.
_OF_INPUT_UNCENTRED = 1 + 1 + 1 + 1 + 1


@formula("aten::native_layer_norm_backward")
def layer_norm_backward(
    input: TensorSpec,
    normalized_shape: Sequence[int],
    output_mask: Sequence[bool],
    *,
    weight: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """Gradients of [*, *normalized], [*normalized] and [*normalized]

    Per element: x' 2 for input or weight; of the input 7, and 1 with a weight; of the weight a product and its sum;
    of the bias its sum.
    """
    return _backward(input, math.prod(normalized_shape), weight, output_mask)


@formula("aten::native_group_norm_backward")
def group_norm_backward(
    input: TensorSpec, output_mask: Sequence[bool], *, weight: TensorSpec | None = None, **_: object
) -> Cost:
    """Gradients of [n, c, *size], [c] and [c], as of a layer norm"""
    return _backward(input, input.shape[1], weight, output_mask)


@formula("aten::native_batch_norm_backward")
def batch_norm_backward(
    input: TensorSpec,
    train: bool,
    output_mask: Sequence[bool],
    *,
    weight: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """Gradients of [n, c, *size], [c] and [c]

    In training as of a layer norm. With running statistics, which are constants, the input's is g * (weight * r):
    a product an element, and a channel 3 for r, 1 for the product with the weight.
    """
    channels = input.shape[1]
    if train:
        return _backward(input, channels, weight, output_mask)
    of_input, of_weight, of_bias = output_mask
    deviation = Cost(other_flops=(DEVIATION * (of_input or of_weight) + (of_input and weight is not None)) * channels)
    normalised = per_element(NORMALISE if of_weight else 0, input)
    return deviation + normalised + per_element(int(of_input), input) + _affine(input, channels, of_weight, of_bias)


@formula("aten::batch_norm_backward")
def batch_norm_backward_fused(
    input: TensorSpec, weight: TensorSpec, update: bool, output_mask: Sequence[bool], **_: object
) -> Cost:
    """native_batch_norm_backward, its training called ``update``"""
    return batch_norm_backward(input, update, output_mask, weight=weight)


@formula("aten::cudnn_batch_norm_backward", "aten::miopen_batch_norm_backward")
def batch_norm_backward_in_training(input: TensorSpec, weight: TensorSpec, **_: object) -> Cost:
    """native_batch_norm_backward in training, all three gradients"""
    return batch_norm_backward(input, True, (True, True, True), weight=weight)


@formula("aten::_fused_rms_norm_backward")
def rms_norm_backward(
    input: TensorSpec,
    normalized_shape: Sequence[int],
    output_mask: Sequence[bool],
    *,
    weight: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """Gradients of [*, *normalized] and [*normalized]

    x' = x * r is 1 an element, and the input's lacks the mean of g': 5. The weight's as of a layer norm.
    """
    of_input, of_weight = output_mask
    each = (_OF_INPUT_UNCENTRED + (weight is not None)) * of_input + (of_input or of_weight)
    return per_element(each, input) + _affine(input, math.prod(normalized_shape), of_weight, False)


@formula("aten::_weight_norm_interface_backward")
def weight_norm_backward(saved_v: TensorSpec, saved_g: TensorSpec, **_: object) -> Cost:
    """Of w = v * (g / norm(v)): grad_g = sum(grad_w * v) / norm; grad_v = (g / norm) * (grad_w - v * (grad_g / norm))

    Per element of v: multiply, add (its last the division); multiply, subtract, multiply: 5. Per element of g: two
    divisions.
    """
    return per_element(5, saved_v) + per_element(2, saved_g)


def _backward(input: TensorSpec, parameters: int, weight: TensorSpec | None, output_mask: Sequence[bool]) -> Cost:
    of_input, of_weight, of_bias = output_mask
    each = (_OF_INPUT + (weight is not None)) * of_input + NORMALISE * (of_input or of_weight)
    return per_element(each, input) + _affine(input, parameters, of_weight, of_bias)


def _affine(input: TensorSpec, parameters: int, of_weight: bool, of_bias: bool) -> Cost:
    """The products and sums of the weight's gradient, the sums of the bias's."""
    added = sums(input, parameters)
    weight = per_element(1, input) + added if of_weight else Cost()
    return weight + added if of_bias else weight
