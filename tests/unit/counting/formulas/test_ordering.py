"""Sorting and searching: comparisons, by merge sort's bound."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X = T((3, 8))
SORTED = (X, T((3, 8), "int64"))

ROWS = [
    ("sort", {"self": X, "dim": -1}, SORTED, 3 * 8 * 3),
    ("sort", {"self": T((3, 9)), "dim": 1}, SORTED, 3 * 9 * 4),
    ("sort", {"self": X, "dim": 0}, SORTED, 8 * 3 * 2),
    ("sort", {"self": T((3, 1)), "dim": 1}, SORTED, 0),
    ("sort", {"self": T((3, 0)), "dim": 1}, SORTED, 0),
    ("sort", {"self": T(()), "dim": -1}, SORTED, 0),
    ("kthvalue", {"self": X, "k": 2, "dim": -1}, SORTED, 3 * 8 * 3),
    ("median", {"self": X}, T(()), 24 * 5),
    ("median", {"self": X, "dim": 1}, SORTED, 3 * 8 * 3),
    # a sort, and two comparisons an element
    ("mode", {"self": X, "dim": -1}, SORTED, 3 * 8 * 3 + 2 * 24),
    # 24 elements are sorted in 5 comparisons each, and meet the one before
    ("_unique2", {"self": X}, (T((0,)), T((0,)), T((0,))), 24 * 5 + 24),
    ("unique_consecutive", {"self": X, "dim": None}, (T((0,)), T((0,)), T((0,))), 24),
    # 3 slices of 8 are sorted in 2 comparisons of 8 elements each, and meet the one before
    ("unique_dim", {"self": X, "dim": 0}, (X, T((3,)), T((3,))), 3 * 2 * 8 + 3 * 8),
    ("unique_dim_consecutive", {"self": X, "dim": 0}, (X, T((3,)), T((3,))), 3 * 8),
    ("isin", {"elements": X, "test_elements": T((4,))}, X, 24 * 4),
    ("isin", {"elements": X, "test_element": 3}, X, 24),
    ("isin", {"element": 3, "test_elements": T((4,))}, T(()), 4),
    # running sums of 3 rows of 8; each draw a product and a search among 9 places
    ("multinomial", {"self": X, "num_samples": 2}, T((3, 2), "int64"), 3 * 7 + 3 * 2 * (1 + 4)),
    ("topk", {"self": X, "k": 1, "dim": -1}, SORTED, 3 * 8 * (1 + 0)),
    ("topk", {"self": X, "k": 5, "dim": -1}, SORTED, 3 * 8 * (1 + 3)),
    ("searchsorted", {"sorted_sequence": T((7,)), "self": T((10,))}, T((10,), "int64"), 10 * 3),
    ("bucketize", {"self": T((10,)), "boundaries": T((4,))}, T((10,), "int64"), 10 * 3),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "other_flops"), ROWS)
def test_comparisons(operator: str, arguments: Mapping[str, object], out: object, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, out)) == Cost(0, other_flops)
