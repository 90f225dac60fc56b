"""Pooling: windows whole, adaptive windows exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

ROWS = [
    # operator, arguments, out, other FLOPs
    ("max_pool1d", {"self": T((1, 2, 8)), "kernel_size": (2,)}, T((1, 2, 4)), (2 - 1) * 2 * 4),
    ("max_pool2d", {"self": T((1, 2, 8, 8)), "kernel_size": (3, 2)}, T((1, 2, 3, 4)), (3 * 2 - 1) * 2 * 3 * 4),
    ("max_pool2d", {"self": T((1, 2, 8, 8)), "kernel_size": (2,)}, T((1, 2, 4, 4)), (2 * 2 - 1) * 2 * 4 * 4),
    ("max_pool2d", {"self": T((2, 8, 8)), "kernel_size": (2, 2)}, T((2, 4, 4)), (2 * 2 - 1) * 2 * 4 * 4),
    (
        "max_pool2d_with_indices",
        {"self": T((1, 2, 8, 8)), "kernel_size": (2, 2)},
        (T((1, 2, 4, 4)), T((1, 2, 4, 4), "int64")),
        (2 * 2 - 1) * 2 * 4 * 4,
    ),
    ("max_pool3d", {"self": T((1, 2, 4, 4, 4)), "kernel_size": (2, 2, 2)}, T((1, 2, 2, 2, 2)), (8 - 1) * 2 * 8),
    ("avg_pool1d", {"self": T((1, 2, 8)), "kernel_size": (2,)}, T((1, 2, 4)), 2 * 2 * 4),
    ("avg_pool2d", {"self": T((1, 2, 9, 9)), "kernel_size": (3, 3)}, T((1, 2, 3, 3)), 9 * 2 * 3 * 3),
    ("avg_pool3d", {"self": T((1, 2, 4, 4, 4)), "kernel_size": (2,)}, T((1, 2, 2, 2, 2)), 8 * 2 * 8),
    # one window: all elements
    ("adaptive_avg_pool2d", {"self": T((1, 2, 7, 7))}, T((1, 2, 1, 1)), 2 * 7 * 7),
    # windows [0, 3) and [2, 5) of 5 elements
    ("adaptive_avg_pool1d", {"self": T((1, 2, 5))}, T((1, 2, 2)), 2 * (3 + 3)),
    ("adaptive_avg_pool2d", {"self": T((1, 2, 5, 4))}, T((1, 2, 2, 2)), 2 * (3 + 3) * (2 + 2)),
    ("_adaptive_avg_pool3d", {"self": T((1, 2, 4, 4, 4))}, T((1, 2, 2, 2, 2)), 2 * 4 * 4 * 4),
    # more windows than elements
    ("adaptive_avg_pool1d", {"self": T((1, 1, 2))}, T((1, 1, 4)), 4),
    ("adaptive_max_pool1d", {"self": T((1, 2, 5))}, (T((1, 2, 2)), T((1, 2, 2), "int64")), 2 * ((3 - 1) + (3 - 1))),
    (
        "adaptive_max_pool2d",
        {"self": T((1, 2, 4, 4))},
        (T((1, 2, 2, 2)), T((1, 2, 2, 2), "int64")),
        2 * 4 * (2 * 2 - 1),
    ),
    ("adaptive_avg_pool1d", {"self": T((0, 2, 5))}, T((0, 2, 2)), 0),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "other_flops"), ROWS)
def test_pooling(operator: str, arguments: Mapping[str, object], out: object, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, out)) == Cost(0, other_flops)


@pytest.mark.parametrize("size", range(1, 13))
@pytest.mark.parametrize("windows", range(1, 13))
def test_adaptive_windows_one_by_one(size: int, windows: int) -> None:
    held = sum(math.ceil((i + 1) * size / windows) - math.floor(i * size / windows) for i in range(windows))
    call = OperatorCall("aten::adaptive_avg_pool1d", "", {"self": T((1, 1, size))}, T((1, 1, windows)))
    assert FORMULAS.cost(call) == Cost(0, held)
