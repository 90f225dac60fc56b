"""Reductions: n elements combine to one in n - 1 operations."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X = T((4, 5))  # n = 20
ROW = T((4,))  # k = 4
ONE = T(())  # k = 1
INDICES = T((4,), "int64")

ROWS = [
    # operator, arguments, out, other FLOPs
    ("sum", {"self": X}, ONE, 20 - 1),
    ("sum", {"self": X}, ROW, 20 - 4),
    ("sum", {"self": X}, X, 0),
    ("sum", {"self": T((0,))}, ONE, 0),
    ("sum", {"self": ONE}, ONE, 0),
    ("sum", {"self": T((4, 5), "complex64")}, T((), "complex64"), 2 * (20 - 1)),
    ("sum", {"self": X}, T((4, 5), "complex64"), 0),
    ("prod", {"self": X}, ONE, 20 - 1),
    ("amax", {"self": X}, ROW, 20 - 4),
    ("argmax", {"self": X}, INDICES, 20 - 4),
    ("any", {"self": T((4, 5), "bool")}, T((), "bool"), 20 - 1),
    ("hash_tensor", {"self": X}, T((), "uint64"), 20 - 1),
    ("_aminmax", {"self": X, "dim": 1}, (ROW, ROW), 2 * (20 - 4)),
    ("_cummax_helper", {"self": X, "dim": 1}, (), 4 * (5 - 1)),
    ("_logcumsumexp", {"self": X, "dim": 1}, X, 4 * 4 * (5 - 1)),
    ("linalg__powsum", {"self": X, "ord": 2}, ROW, 20 + (20 - 4)),
    ("linalg__powsum", {"self": X, "ord": 0}, ROW, 20 + (20 - 4)),
    ("linalg__powsum", {"self": T((0,)), "ord": 2}, ONE, 0),
    ("max", {"self": X}, ONE, 20 - 1),
    ("max", {"self": X, "dim": 1}, (ROW, INDICES), 20 - 4),
    ("min", {"self": X, "other": X}, X, 20),
    ("aminmax", {"self": X}, (ONE, ONE), 2 * (20 - 1)),
    ("mean", {"self": X}, ROW, (20 - 4) + 4),
    ("nansum", {"self": X}, ROW, 20 + (20 - 4)),
    ("count_nonzero", {"self": X}, T((), "int64"), 20 + (20 - 1)),
    ("var", {"self": X}, ROW, 20 + 20 + 20 + 20),
    ("var_mean", {"self": X}, (ROW, ROW), 20 + 20 + 20 + 20),
    ("std", {"self": X}, ROW, 4 * 20 + 4),
    ("std_mean", {"self": X}, (ROW, ROW), 4 * 20 + 4),
    ("logsumexp", {"self": X}, ROW, (20 - 4) + 20 + 20 + (20 - 4) + 4 + 4),
    ("linalg_vector_norm", {"self": X, "ord": 2}, ROW, 20 + (20 - 4) + 4),
    ("linalg_vector_norm", {"self": X, "ord": 1}, ROW, 20 + (20 - 4)),
    ("linalg_vector_norm", {"self": X, "ord": math.inf}, ROW, 20 + (20 - 4)),
    ("linalg_vector_norm", {"self": X, "ord": 0}, ROW, 20 + (20 - 4)),
    ("linalg_vector_norm", {"self": X, "ord": 3}, ROW, 20 + 20 + (20 - 4) + 4),
    ("norm", {"self": X, "p": None}, ROW, 20 + (20 - 4) + 4),
    ("norm", {"self": X, "p": 1}, ROW, 20 + (20 - 4)),
    ("trace", {"self": X}, ONE, 4 - 1),
    ("equal", {"self": X, "other": X}, True, 20),
    ("cumsum", {"self": X, "dim": 1}, X, 4 * (5 - 1)),
    ("cumsum", {"self": X, "dim": -2}, X, 5 * (4 - 1)),
    ("cumsum", {"self": ONE, "dim": 0}, ONE, 0),
    ("cumsum", {"self": T((4, 0)), "dim": 1}, T((4, 0)), 0),
    ("cummax", {"self": X, "dim": 1}, (X, T((4, 5), "int64")), 4 * (5 - 1)),
    ("logcumsumexp", {"self": X, "dim": 1}, X, 4 * 4 * (5 - 1)),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "other_flops"), ROWS)
def test_reductions(operator: str, arguments: Mapping[str, object], out: object, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, out)) == Cost(0, other_flops)
