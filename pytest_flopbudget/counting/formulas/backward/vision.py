"""The adjoints of torchvision's own operators; samples, bins and what depends on the data are those of ``vision.py``.

A sample's gradient goes to its four corners: a product with each corner's weight, and an addition: 8 of each channel.
What the forward sampled is sampled again; that is not counted, but for where the samples are.
"""

from __future__ import annotations

import math

from pytest_flopbudget.counting.formulas.elements import per_element, sums
from pytest_flopbudget.counting.formulas.vision import OFFSET, SAMPLE, samples_of
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

_CORNERS = 8
# Of each coordinate: two differences of corners, weighed and added 5; a product with the gradient, added over channels.
_SLOPES = 2 * (5 + 2)


@formula("torchvision::_roi_align_backward", "torchvision::_ps_roi_align_backward")
def roi_align_backward(
    grad: TensorSpec,
    pooled_height: int,
    pooled_width: int,
    height: int,
    width: int,
    sampling_ratio: int,
    **_: object,
) -> Cost:
    """[n, c, h, w] = the gradient [k, c, ph, pw] of bins: divided 1; a sample 14 for all channels, and 8 for each"""
    samples = samples_of((height, width), pooled_height, pooled_width, sampling_ratio)
    located = grad.shape[0] * pooled_height * pooled_width * samples
    return Cost(other_flops=SAMPLE * located) + per_element(1 + _CORNERS * samples, grad)


@formula("torchvision::_roi_pool_backward")
def roi_pool_backward(grad: TensorSpec, **_: object) -> Cost:
    """[n, c, h, w] = the gradient [k, c, ph, pw], each element added to the place of its maximum: 1"""
    return per_element(1, grad)


@formula("torchvision::_ps_roi_pool_backward")
def ps_roi_pool_backward(
    grad: TensorSpec, pooled_height: int, pooled_width: int, height: int, width: int, **_: object
) -> Cost:
    """[n, c, h, w] = the gradient [k, c, ph, pw], each element divided, and added to the elements of its bin"""
    return per_element(1 + samples_of((height, width), pooled_height, pooled_width, 0), grad)


@formula("torchvision::_deform_conv2d_backward")
def deform_conv2d_backward(
    grad: TensorSpec, input: TensorSpec, weight: TensorSpec, offset: TensorSpec, use_mask: bool, **_: object
) -> Cost:
    """Gradients of input, weight, offset, mask and bias of [n, c_out, *out] = deform_conv2d([n, c_in, *in])

    MACs: twice the forward's, for what was sampled and for the weight. A pair of offsets takes 14 and 2 additions to
    the grid; each tap of each input channel 8 for the input and 14 for the offsets; where a mask weighs it a product
    with the mask 1, and the mask's own, product and sum, 2. The bias adds each channel up.
    """
    places = math.prod(grad.shape[-2:]) * grad.shape[0]
    taps = places * input.shape[1] * math.prod(weight.shape[2:])
    sampled = (SAMPLE + OFFSET) * (offset.numel // 2) + (_CORNERS + _SLOPES + 3 * use_mask) * taps
    return Cost(2 * grad.numel * math.prod(weight.shape[1:]), sampled) + sums(grad, grad.shape[1])
