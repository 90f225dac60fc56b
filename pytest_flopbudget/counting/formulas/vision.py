"""torchvision's own operators: regions of interest, non-maximum suppression, deformable convolution.

How much of a map a region covers, and how many boxes a suppression meets, depends on the data: the most is counted. A
bilinear sample takes two coordinates, their floors, fractions and complements, and four corner weights:
2 * (2 + 1 + 1 + 1) + 4 = 14; then 4 products and 3 sums of each channel: 7.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.convolution import conv
from pytest_flopbudget.counting.formulas.elements import first
from pytest_flopbudget.counting.formulas.ordering import sort
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

SAMPLE = 14
# A pair of offsets is added to the grid.
OFFSET = 2
_CORNERS = 7
# Maxima and minima of four edges, two sides, their bounds, the overlap, the union, the quotient, the comparison.
_PAIR = 4 + 2 + 2 + 1 + 2 + 1 + 1
_AREA = 3


@formula("torchvision::nms")
def nms(dets: TensorSpec, scores: TensorSpec, **_: object) -> Cost:
    """n boxes are sorted by score; an area 3; each of n * (n - 1) / 2 pairs 13, as if no box were dropped"""
    boxes = dets.shape[0]
    return sort(scores, dim=-1) + Cost(other_flops=_AREA * boxes + _PAIR * (boxes * (boxes - 1) // 2))


@formula("torchvision::roi_align", "torchvision::ps_roi_align")
def roi_align(
    input: TensorSpec,
    rois: TensorSpec,
    pooled_height: int,
    pooled_width: int,
    sampling_ratio: int,
    *,
    out: TensorSpec | tuple[TensorSpec, ...],
    **_: object,
) -> Cost:
    """[k, c, ph, pw] = roi_align([n, c, h, w], [k, 5])

    A bin averages its samples: s * s of them at the ratio s, else as many as a region has that covers the whole map,
    ceil(h / ph) * ceil(w / pw). A sample takes 14 for all channels, and 7 and an addition for each; a bin a division.
    """
    samples = samples_of(input.shape[-2:], pooled_height, pooled_width, sampling_ratio)
    located = rois.shape[0] * pooled_height * pooled_width * samples
    return Cost(other_flops=SAMPLE * located + first(out).numel * (samples * (_CORNERS + 1)))


@formula("torchvision::roi_pool", "torchvision::ps_roi_pool")
def roi_pool(
    input: TensorSpec,
    pooled_height: int,
    pooled_width: int,
    *,
    out: tuple[TensorSpec, ...],
    **_: object,
) -> Cost:
    """[k, c, ph, pw] = roi_pool([n, c, h, w], [k, 5]): each element of a bin is compared, or added and divided

    A bin has the elements of a region that covers the whole map: ceil(h / ph) * ceil(w / pw).
    """
    return Cost(other_flops=first(out).numel * samples_of(input.shape[-2:], pooled_height, pooled_width, 0))


@formula("torchvision::deform_conv2d")
def deform_conv2d(
    input: TensorSpec,
    weight: TensorSpec,
    offset: TensorSpec,
    *,
    out: TensorSpec,
    use_mask: bool,
    **_: object,
) -> Cost:
    """[n, c_out, *out] = conv([n, c_in, *in], [c_out, c_in / groups, *kernel]), its input sampled at offsets

    MACs: output elements × c_in / groups × kernel elements. A pair of offsets takes 14 and 2 additions to the grid;
    each tap of each input channel 7, and 1 where a mask weighs it; an output element its bias.
    """
    places = math.prod(out.shape[-2:]) * out.shape[0]
    taps = places * input.shape[1] * math.prod(weight.shape[2:])
    sampled = (SAMPLE + OFFSET) * (offset.numel // 2) + (_CORNERS + int(use_mask)) * taps
    return conv(weight, out=out, bias=TensorSpec((out.shape[1],))) + Cost(other_flops=sampled)


def samples_of(size: Sequence[int], pooled_height: int, pooled_width: int, sampling_ratio: int) -> int:
    """The samples of a bin, of a map of that size."""
    if sampling_ratio > 0:
        return sampling_ratio * sampling_ratio
    height, width = size
    return -(-height // pooled_height) * -(-width // pooled_width)
