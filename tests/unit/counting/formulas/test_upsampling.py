"""Interpolation: linear interpolations of two products and a sum, and sampling at the points of a grid."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

ROWS = [
    ("upsample_nearest2d", T((1, 2, 4, 4)), 0),
    ("upsample_linear1d", T((1, 2, 4)), (2 + 1) * 2 * 4),
    ("upsample_bilinear2d", T((1, 2, 4, 4)), 3 * (2 + 1) * 2 * 4 * 4),
    ("upsample_trilinear3d", T((1, 2, 4, 4, 4)), 7 * (2 + 1) * 2 * 4 * 4 * 4),
    ("upsample_bicubic2d", T((1, 2, 4, 4)), 5 * (4 + 3) * 2 * 4 * 4),
]


@pytest.mark.parametrize(("operator", "out", "other_flops"), ROWS)
def test_upsampling(operator: str, out: T, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", {}, out)) == Cost(0, other_flops)


PLANE = {"input": T((1, 3, 8, 8)), "grid": T((1, 4, 4, 2))}
SPACE = {"input": T((1, 3, 8, 8, 8)), "grid": T((1, 2, 2, 2, 3))}

SAMPLED = [
    # 16 points of 2 coordinates: scale 3, floor, fraction, complement; 4 corners of 1 product; 3 channels
    (
        "grid_sampler_2d",
        {**PLANE, "interpolation_mode": 0, "align_corners": True},
        T((1, 3, 4, 4)),
        16 * (2 * (3 + 3) + 4 * 1) + 3 * 16 * (4 + 3),
    ),
    ("cudnn_grid_sampler", PLANE, T((1, 3, 4, 4)), 16 * (2 * (3 + 3) + 4 * 1) + 3 * 16 * (4 + 3)),
    # scale 4 where corners are not aligned, round; a copy
    (
        "grid_sampler_2d",
        {**PLANE, "interpolation_mode": 1, "align_corners": False},
        T((1, 3, 4, 4)),
        16 * 2 * (4 + 1),
    ),
    (
        "grid_sampler_2d",
        {**PLANE, "interpolation_mode": 2, "align_corners": True},
        T((1, 3, 4, 4)),
        16 * 2 * (3 + 2 + 25) + 3 * 16 * 5 * 7,
    ),
    # 8 points of 3 coordinates; 8 corners of 2 products
    (
        "grid_sampler_3d",
        {**SPACE, "interpolation_mode": 0, "align_corners": True},
        T((1, 3, 2, 2, 2)),
        8 * (3 * (3 + 3) + 8 * 2) + 3 * 8 * (8 + 7),
    ),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "other_flops"), SAMPLED)
def test_sampling(operator: str, arguments: Mapping[str, object], out: T, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, out)) == Cost(0, other_flops)
