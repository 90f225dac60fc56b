"""The adjoints of softmax, row by row."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

SOFTMAX = [
    # products, sums, subtractions, products of 2 rows of 5
    ("_softmax_backward_data", T((2, 5)), 1, 10 + (10 - 2) + 10 + 10),
    ("_softmax_backward_data", T((2, 5)), 0, 10 + (10 - 5) + 10 + 10),
    ("_softmax_backward_data", T((2, 0)), 1, 0),
    ("_masked_softmax_backward", T((2, 5)), None, 10 + (10 - 2) + 10 + 10),
    # sums, exponentials, products, subtractions
    ("_log_softmax_backward_data", T((2, 5)), -1, (10 - 2) + 10 + 10 + 10),
]


@pytest.mark.parametrize(("operator", "output", "dim", "flops"), SOFTMAX)
def test_softmax(operator: str, output: T, dim: int | None, flops: int) -> None:
    arguments = {"grad_output": output, "output": output, "dim": dim, "input_dtype": "float32"}
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, output)) == Cost(0, flops)
