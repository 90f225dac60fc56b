"""Sampling a picture at the points of a grid: FLOPs a point, and a point and channel.

A point's coordinate is scaled to the picture, (x + 1) / 2 * (size - 1): add, divide, multiply, or, with
corners not aligned, ((x + 1) * size - 1) / 2: add, multiply, subtract, divide. Bounds and padding modes are
not counted. Interpolation modes are torch's: 0 linear, 1 nearest, 2 cubic.
"""

from __future__ import annotations

import math

from pytest_flopbudget.count.formulas.elements import per_element
from pytest_flopbudget.count.marking import formula
from pytest_flopbudget.count.operators import Cost, TensorSpec

NEAREST = 1
CUBIC = 2


@formula("aten::grid_sampler_2d", "aten::grid_sampler_3d")
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
    scale = 3 if align_corners else 4
    corners = 2**dims
    if interpolation_mode == NEAREST:
        point, channel = dims * (scale + 1), 0
    elif interpolation_mode == CUBIC:
        point, channel = dims * (scale + 2 + 25), 35
    else:
        point, channel = dims * (scale + 3) + corners * (dims - 1), 2 * corners - 1
    return per_element(channel, out) + Cost(other_flops=point * math.prod(grid.shape[:-1]))
