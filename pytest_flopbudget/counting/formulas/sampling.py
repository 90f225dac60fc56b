"""Sampling a picture at the points of a grid: FLOPs a point, and a point and channel.

A point's coordinate is scaled to the picture, (x + 1) / 2 * (size - 1): add, divide, multiply, or, with
corners not aligned, ((x + 1) * size - 1) / 2: add, multiply, subtract, divide. Bounds and padding modes are
not counted. Interpolation modes are torch's: 0 linear, 1 nearest, 2 cubic.
"""

from __future__ import annotations

import math

from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

NEAREST = 1
CUBIC = 2


@formula("aten::grid_sampler_2d", "aten::grid_sampler_3d", "aten::_grid_sampler_2d_cpu_fallback")
def grid_sampler(
    grid: TensorSpec,
    interpolation_mode: int,
    *,
    align_corners: bool,
    out: TensorSpec,
    **_: object,
) -> Cost:
    """[n, c, *out] = grid_sampler([n, c, *size], [n, *out, d])

    Nearest: a point rounds each coordinate; a channel copies. Linear: a point takes the floor, the fraction
    and its complement of each coordinate, and multiplies them to 2 ** d corner weights (d - 1 products each);
    a channel takes 2 ** d products and 2 ** d - 1 sums. Cubic (d = 2): a point takes the floor, the fraction
    and the 25 operations of four cubic weights of each coordinate; a channel is five cubic interpolations of 7.
    """
    dims = grid.shape[-1]
    channel = {NEAREST: 0, CUBIC: 35}.get(interpolation_mode, 2 * 2**dims - 1)
    point = locating(dims, interpolation_mode, align_corners=align_corners)
    return per_element(channel, out) + Cost(other_flops=point * math.prod(grid.shape[:-1]))


@formula("aten::cudnn_grid_sampler")
def cudnn_grid_sampler(grid: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """grid_sampler, linear, its corners aligned"""
    return grid_sampler(grid, 0, align_corners=True, out=out)


def locating(dims: int, interpolation_mode: int, *, align_corners: bool) -> int:
    """What a point costs before any channel is read, in FLOPs."""
    scale = 3 if align_corners else 4
    if interpolation_mode == NEAREST:
        return dims * (scale + 1)
    if interpolation_mode == CUBIC:
        return dims * (scale + 2 + 25)
    return dims * (scale + 3) + (1 << dims) * (dims - 1)
