"""The adjoints of interpolation: FLOPs an element of the gradient."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

UPSAMPLING = [
    ("upsample_nearest1d_backward", 1),
    ("upsample_nearest2d_backward", 1),
    ("_upsample_nearest_exact3d_backward", 1),
    # products of each dimension in turn, then the additions
    ("upsample_linear1d_backward", 2 + 2),
    ("upsample_bilinear2d_backward", 2 + 2 * 2 + 4),
    ("upsample_trilinear3d_backward", 2 + 2 * 2 + 2 * 2 * 2 + 8),
    ("upsample_bicubic2d_backward", 4 + 4 * 4 + 16),
]


@pytest.mark.parametrize(("operator", "flops"), UPSAMPLING)
def test_upsampling(operator: str, flops: int) -> None:
    call = OperatorCall(f"aten::{operator}", "", {"grad_output": T((1, 2, 6))}, T((1, 2, 3)))
    assert FORMULAS.cost(call) == Cost(0, flops * 12)
