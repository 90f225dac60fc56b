"""Convolutions as libraries compute them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

IMAGE, OUT = T((1, 4, 5, 5)), T((1, 6, 3, 3))  # 54 output elements
KERNEL, BIAS = T((6, 2, 3, 3)), T((6,))  # two groups
MACS = 54 * 2 * 9
SPREAD, WIDE = T((4, 3, 2, 2)), T((1, 6, 10, 10))
CALL = {"self": IMAGE, "weight": KERNEL}
ALL = (True, True, True)
GRADIENT = {**CALL, "grad_output": OUT}

ROWS = [
    # operator, arguments, out, MACs, other FLOPs
    ("cudnn_convolution", CALL, OUT, MACS, 0),
    ("miopen_convolution", {**CALL, "bias": BIAS}, OUT, MACS, 54),
    ("_mps_convolution", {**CALL, "bias": None}, OUT, MACS, 0),
    ("_conv_depthwise2d", {"weight": T((4, 1, 3, 3)), "bias": None}, T((1, 4, 3, 3)), 36 * 9, 0),
    ("_slow_conv2d_forward", {"weight": T((6, 4, 3, 3)), "bias": BIAS}, OUT, 54 * 4 * 9, 54),
    ("slow_conv3d_forward", {"weight": T((6, 4, 1, 1, 1)), "bias": None}, T((1, 6, 2, 2, 2)), 48 * 4, 0),
    ("cudnn_convolution_relu", {**CALL, "bias": BIAS}, OUT, MACS, 54 + 54),
    ("cudnn_convolution_add_relu", {**CALL, "bias": BIAS, "alpha": None}, OUT, MACS, 54 + 2 * 54),
    ("miopen_convolution_add_relu", {**CALL, "bias": None, "alpha": 0.5}, OUT, MACS, 3 * 54),
    ("cudnn_convolution_transpose", {"self": IMAGE, "weight": SPREAD}, WIDE, 100 * 3 * 4, 0),
    ("miopen_convolution_transpose", {"self": IMAGE, "weight": SPREAD, "bias": BIAS}, WIDE, 100 * 3 * 4, 600),
    ("slow_conv_transpose2d", {"self": IMAGE, "weight": SPREAD, "bias": None}, WIDE, 100 * 3 * 4, 0),
    # Of the bias six sums of nine.
    ("mps_convolution_backward", {**GRADIENT, "output_mask": ALL}, (), 2 * MACS, 54 - 6),
    ("mps_convolution_backward", {**GRADIENT, "output_mask": (False, True, False)}, (), MACS, 0),
    ("_slow_conv2d_backward", GRADIENT, (), 2 * MACS, 54 - 6),
    ("_slow_conv2d_backward", {**GRADIENT, "output_mask": (True, False, False)}, (), MACS, 0),
    (
        "mps_convolution_transpose_backward",
        {"self": IMAGE, "weight": SPREAD, "grad_output": WIDE, "output_mask": (True, True)},
        (),
        2 * 100 * 3 * 4,
        0,
    ),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), ROWS)
def test_convolution_libraries(
    operator: str, arguments: Mapping[str, object], out: object, macs: int, other_flops: int
) -> None:
    name = operator if "::" in operator else f"aten::{operator}"
    assert FORMULAS.cost(OperatorCall(name, "", arguments, out)) == Cost(macs, other_flops)
