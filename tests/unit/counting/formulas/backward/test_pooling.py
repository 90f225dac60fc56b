"""The adjoints of pooling: each element of the gradient goes back to its window."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

ROWS = [
    ("max_pool2d_with_indices_backward", {"kernel_size": (3, 3)}, T((1, 2, 8, 8)), T((1, 2, 4, 4)), 32),
    ("max_pool2d_backward", {"kernel_size": (3, 3)}, T((1, 2, 8, 8)), T((1, 2, 4, 4)), 32),
    ("mkldnn_max_pool2d_backward", {"kernel_size": (3, 3)}, T((1, 2, 8, 8)), T((1, 2, 4, 4)), 32),
    ("mkldnn_adaptive_avg_pool2d_backward", {}, T((1, 2, 7, 7)), T((1, 2, 3, 3)), 18 + 2 * 9 * 9),
    ("max_pool3d_with_indices_backward", {"kernel_size": (2,)}, T((1, 2, 4, 4, 4)), T((1, 2, 2, 2, 2)), 16),
    ("adaptive_max_pool2d_backward", {}, T((1, 2, 7, 7)), T((1, 2, 3, 3)), 18),
    ("fractional_max_pool3d_backward", {}, T((1, 2, 7, 7, 7)), T((1, 2, 3, 3, 3)), 54),
    # a division, and an addition to each of the window's places
    ("avg_pool2d_backward", {"kernel_size": (3, 2)}, T((1, 2, 9, 8)), T((1, 2, 3, 4)), (1 + 6) * 24),
    ("avg_pool2d_backward", {"kernel_size": (2,)}, T((1, 2, 8, 8)), T((1, 2, 4, 4)), (1 + 4) * 32),
    ("avg_pool3d_backward", {"kernel_size": (2,)}, T((1, 2, 4, 4, 4)), T((1, 2, 2, 2, 2)), (1 + 8) * 16),
    # windows of 3, 3 and 3 over 7 (0-3, 2-5, 4-7), squared
    ("_adaptive_avg_pool2d_backward", {}, T((1, 2, 7, 7)), T((1, 2, 3, 3)), 18 + 2 * 9 * 9),
    ("_adaptive_avg_pool3d_backward", {}, T((1, 2, 4, 4, 4)), T((1, 2, 1, 1, 1)), 2 + 2 * 64),
]


@pytest.mark.parametrize(("operator", "arguments", "picture", "grad_output", "flops"), ROWS)
def test_pooling(operator: str, arguments: Mapping[str, object], picture: T, grad_output: T, flops: int) -> None:
    call = OperatorCall(f"aten::{operator}", "", {"grad_output": grad_output, "self": picture, **arguments}, picture)
    assert FORMULAS.cost(call) == Cost(0, flops)
