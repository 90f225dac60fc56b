"""Softmax along rows."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

ROWS = [
    # maximum, subtract, exp, sum, divide, in 4 rows of 5 or 5 rows of 4
    ("softmax", (4, 5), 1, 4 * ((5 - 1) + 5 + 5 + (5 - 1) + 5)),
    ("_softmax", (4, 5), -2, 5 * ((4 - 1) + 4 + 4 + (4 - 1) + 4)),
    # maximum, subtract, exp, sum, log, subtract
    ("log_softmax", (4, 5), 1, 4 * ((5 - 1) + 5 + 5 + (5 - 1) + 1 + 5)),
    ("_log_softmax", (2, 3, 5), 1, 2 * 5 * ((3 - 1) + 3 + 3 + (3 - 1) + 1 + 3)),
    # compare with -inf, all of a row
    ("_safe_softmax", (4, 5), 1, 4 * ((5 - 1) + 5 + 5 + (5 - 1) + 5) + 4 * (5 + (5 - 1))),
    ("_masked_softmax", (4, 5), 1, 4 * ((5 - 1) + 5 + 5 + (5 - 1) + 5)),
    ("_masked_softmax", (4, 5), None, 4 * ((5 - 1) + 5 + 5 + (5 - 1) + 5)),
    # a scalar is a row of one
    ("softmax", (), 0, 1 + 1 + 1),
    ("softmax", (4, 0), 1, 0),
    ("log_softmax", (0, 5), 1, 0),
    ("_safe_softmax", (4, 0), -1, 0),
]


@pytest.mark.parametrize(("operator", "shape", "dim", "other_flops"), ROWS)
def test_softmax(operator: str, shape: tuple[int, ...], dim: int | None, other_flops: int) -> None:
    call = OperatorCall(f"aten::{operator}", "", {"self": T(shape), "dim": dim}, T(shape))
    assert FORMULAS.cost(call) == Cost(0, other_flops)
