"""Rows scaled down to a largest norm."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

ROWS = [
    # squares, sums and roots of 12; compare, add, divide for each of 3 rows; a product an element
    ("renorm", {"self": T((3, 4)), "p": 2.0, "dim": 0, "maxnorm": 1.0}, 2 * 12 + 3 * 3 + 12),
    ("renorm", {"self": T((3, 4)), "p": 2.0, "dim": -1, "maxnorm": 1.0}, 2 * 12 + 3 * 4 + 12),
    ("renorm_", {"self": T((3, 4)), "p": 1.0, "dim": 0, "maxnorm": 1.0}, (2 * 12 - 3) + 3 * 3 + 12),
    ("embedding_renorm_", {"self": T((9, 4)), "indices": T((3,), "int64"), "norm_type": 2.0}, 2 * 12 + 3 * 3 + 12),
]


@pytest.mark.parametrize(("operator", "arguments", "flops"), ROWS)
def test_renorm(operator: str, arguments: Mapping[str, object], flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, arguments["self"])) == Cost(0, flops)
