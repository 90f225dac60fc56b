"""The adjoints of sampling a picture at the points of a grid; the terms are those of ``sampling.py``.

A point has t taps (1 nearest, 2 ** d linear, 4 ** d cubic), each the product of a weight in each of d dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.formulas.sampling import CUBIC, NEAREST, locating
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

# Four derivatives (a * x + b) * x + c, of x + 1, x, 1 - x and 2 - x.
_CUBIC_SLOPES = 4 * 4 + 3


@formula("aten::grid_sampler_2d_backward", "aten::grid_sampler_3d_backward")
def grid_sampler_backward(
    grad_output: TensorSpec,
    grid: TensorSpec,
    interpolation_mode: int,
    *,
    align_corners: bool,
    output_mask: Sequence[bool],
    **_: object,
) -> Cost:
    """Gradients of the picture [n, c, *size] and the grid [n, *out, d], as ``output_mask`` asks

    A point is located as in the forward. Of the picture, a channel multiplies each tap's weight by g and adds it to
    its place: 2 * t, besides d - 1 products a cubic tap and point for its weight; nearest only adds: 1.

    Of the grid, a point takes, for each coordinate, the slopes of the weights (19 for cubic ones, constants for
    linear ones) times the other weights (d - 1 products a cubic tap, d - 2 a pair of linear ones), and the scale: 1.
    A channel takes, for each coordinate, t products and t - 1 sums, the product with g, and the sum over channels:
    2 * t + 1. Nearest has none.
    """
    dims = grid.shape[-1]
    of_picture, of_grid = output_mask
    point = locating(dims, interpolation_mode, align_corners=align_corners)
    if interpolation_mode == NEAREST:
        channel = int(of_picture)
    else:
        cubic = interpolation_mode == CUBIC
        taps = 1 << (2 * dims if cubic else dims)
        slopes = _CUBIC_SLOPES + taps * (dims - 1) if cubic else taps // 2 * (dims - 2)
        point += (taps * (dims - 1) if cubic and of_picture else 0) + dims * (slopes + 1) * of_grid
        channel = 2 * taps * of_picture + dims * (2 * taps + 1) * of_grid
    return per_element(channel, grad_output) + Cost(other_flops=point * math.prod(grid.shape[:-1]))


@formula("aten::_grid_sampler_2d_cpu_fallback_backward")
def grid_sampler_backward_on_cpu(
    grad_output: TensorSpec, grid: TensorSpec, interpolation_mode: int, *, align_corners: bool, **_: object
) -> Cost:
    """grid_sampler_2d_backward, both gradients"""
    both = (True, True)
    return grid_sampler_backward(grad_output, grid, interpolation_mode, align_corners=align_corners, output_mask=both)


@formula("aten::cudnn_grid_sampler_backward")
def cudnn_grid_sampler_backward(grad_output: TensorSpec, grid: TensorSpec, **_: object) -> Cost:
    """grid_sampler_2d_backward, both gradients, linear, its corners aligned"""
    return grid_sampler_backward_on_cpu(grad_output, grid, 0, align_corners=True)
