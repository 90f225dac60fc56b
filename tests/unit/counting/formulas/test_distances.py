"""Distances between vectors, and what comes back from them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

INFINITE = float("inf")
A, B, PAIRS = T((3, 4)), T((5, 4)), T((3, 5))

X, ONE = T((4, 5)), T(())

ROWS = [
    ("dist", {"self": X, "other": T((5,)), "p": 2}, ONE, 20 + 20 + (20 - 1) + 1),
    ("dist", {"self": T((4, 1)), "other": T((1, 5)), "p": 1}, ONE, 20 + 20 + (20 - 1)),
    ("_cdist_forward", {"x1": T((3, 5)), "x2": T((4, 5)), "p": 2.0}, T((3, 4)), 3 * 4 * (5 + 5 + 4 + 1)),
    ("_cdist_forward", {"x1": A, "x2": B, "p": 2.0}, PAIRS, 60 + 2 * 60),
    ("_cdist_forward", {"x1": A, "x2": B, "p": 1.0}, PAIRS, 60 + 2 * 60 - 15),
    ("_euclidean_dist", {"x1": A, "x2": B}, PAIRS, 60 + 2 * 60),
    # 3 pairs of 3 rows
    ("_pdist_forward", {"self": A, "p": 2.0}, T((3,)), 12 + 2 * 12),
    ("_pdist_forward", {"self": A, "p": 3.0}, T((3,)), 12 + 3 * 12),
    # a division a pair; subtract, multiply, add
    ("_cdist_backward", {"x1": A, "x2": B, "p": 2.0, "cdist": PAIRS}, A, 15 + 3 * 60),
    ("_cdist_backward", {"x1": A, "x2": B, "p": 1.0, "cdist": PAIRS}, A, 4 * 60),
    ("_cdist_backward", {"x1": A, "x2": B, "p": INFINITE, "cdist": PAIRS}, A, 6 * 60),
    ("_cdist_backward", {"x1": A, "x2": B, "p": 0.0, "cdist": PAIRS}, A, 0),
    ("_cdist_backward", {"x1": A, "x2": B, "p": 3.0, "cdist": PAIRS}, A, 2 * 15 + 6 * 60),
    # and a subtraction at the other end
    ("_pdist_backward", {"self": A, "p": 2.0, "pdist": T((3,))}, A, 3 + 3 * 12 + 12),
    ("_pdist_backward", {"self": A, "p": 0.0, "pdist": T((3,))}, A, 0),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "flops"), ROWS)
def test_distances(operator: str, arguments: Mapping[str, object], out: T, flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, out)) == Cost(0, flops)
