"""The adjoints of sampling a picture at the points of a grid."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

LINEAR, NEAREST, CUBIC = 0, 1, 2
POINTS = 2 * 3 * 3
LOCATED = 2 * (4 + 3) + 4 * 1  # as in the forward: two coordinates and four weights

SAMPLING = [
    # a channel: for each of four corners a product and an addition
    (LINEAR, (True, False), LOCATED * POINTS + 4 * 2 * 5 * POINTS),
    # a point: the scale of two coordinates. A channel, for each: products and sums of four, by g, added up
    (LINEAR, (False, True), (LOCATED + 2) * POINTS + 2 * (4 + 3 + 1 + 1) * 5 * POINTS),
    (LINEAR, (True, True), (LOCATED + 2) * POINTS + (8 + 18) * 5 * POINTS),
    (NEAREST, (True, True), 2 * (4 + 1) * POINTS + 5 * POINTS),
    # a point: floor, fraction and weights of two coordinates, and 16 products of weights
    (CUBIC, (True, False), (2 * (4 + 2 + 25) + 16) * POINTS + 16 * 2 * 5 * POINTS),
    # a point, for each coordinate: four slopes 19, 16 products, the scale
    (CUBIC, (False, True), (2 * (4 + 2 + 25) + 2 * (19 + 16 + 1)) * POINTS + 2 * (16 + 15 + 1 + 1) * 5 * POINTS),
]


@pytest.mark.parametrize(("mode", "mask", "flops"), SAMPLING)
def test_sampling(mode: int, mask: tuple[bool, bool], flops: int) -> None:
    arguments = {
        "grad_output": T((2, 5, 3, 3)),
        "input": T((2, 5, 4, 4)),
        "grid": T((2, 3, 3, 2)),
        "interpolation_mode": mode,
        "align_corners": False,
        "output_mask": mask,
    }
    assert FORMULAS.cost(OperatorCall("aten::grid_sampler_2d_backward", "", arguments, None)) == Cost(0, flops)


def test_sampling_in_three_dimensions() -> None:
    arguments = {
        "grad_output": T((1, 5, 2, 2, 2)),
        "grid": T((1, 2, 2, 2, 3)),
        "interpolation_mode": LINEAR,
        "align_corners": True,
        "output_mask": (True, True),
    }
    # three coordinates, eight weights of two products; for each coordinate a product for each of four pairs, the scale
    point = 3 * (3 + 3) + 8 * 2 + 3 * (4 + 1)
    channel = 8 * 2 + 3 * (8 + 7 + 1 + 1)
    assert FORMULAS.cost(OperatorCall("aten::grid_sampler_3d_backward", "", arguments, None)) == Cost(
        0, 8 * point + 8 * 5 * channel
    )


def test_both_gradients_at_once() -> None:
    arguments: dict[str, object] = {"grad_output": T((2, 5, 3, 3)), "grid": T((2, 3, 3, 2))}
    # corners aligned: a coordinate is scaled in 3
    located = 2 * (3 + 3) + 4 * 1
    flops = (located + 2) * POINTS + (8 + 18) * 5 * POINTS
    assert FORMULAS.cost(OperatorCall("aten::cudnn_grid_sampler_backward", "", arguments, None)) == Cost(0, flops)
    arguments |= {"interpolation_mode": LINEAR, "align_corners": True}
    name = "aten::_grid_sampler_2d_cpu_fallback_backward"
    assert FORMULAS.cost(OperatorCall(name, "", arguments, None)) == Cost(0, flops)
