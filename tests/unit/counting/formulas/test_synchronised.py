"""Batch norm over several devices, in pieces."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X = T((2, 3, 4))  # 24 elements, 3 channels
OF_DEVICES, WEIGHT = T((5, 3)), T((3,))
# Of the mean 2, the variance again 3, its part 2, the difference of the means 4.
JOIN = 2 + 3 + 2 + 4

ROWS = [
    # operator, arguments, out, MACs, other FLOPs
    ("batch_norm_stats", {"input": X}, (WEIGHT, WEIGHT), 0, (1 + 3) * 24 + 3 * 3),
    ("batch_norm_update_stats", {"input": X}, (WEIGHT, WEIGHT), 0, (1 + 3) * 24 + 7 * 3),
    ("batch_norm_gather_stats", {"mean": OF_DEVICES}, (WEIGHT, WEIGHT), 0, JOIN * 15 + 3 * 3),
    (
        "batch_norm_gather_stats_with_counts",
        {"mean": OF_DEVICES, "running_mean": WEIGHT},
        (WEIGHT, WEIGHT),
        0,
        JOIN * 15 + (3 + 7) * 3,
    ),
    ("batch_norm_elemt", {"input": X}, X, 0, 2 * 24),
    ("batch_norm_elemt", {"input": X, "weight": WEIGHT, "bias": WEIGHT}, X, 0, 4 * 24),
    ("batch_norm_backward_reduce", {"input": X, "weight_g": True}, (), 0, (1 + 3) * 24 + 3),
    ("batch_norm_backward_reduce", {"input": X, "weight_g": False}, (), 0, (1 + 3) * 24),
    ("batch_norm_backward_elemt", {"input": X}, X, 0, 5 * 24 + 4 * 3),
    ("batch_norm_backward_elemt", {"input": X, "weight": WEIGHT}, X, 0, 5 * 24 + 5 * 3),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), ROWS)
def test_synchronised(operator: str, arguments: Mapping[str, object], out: object, macs: int, other_flops: int) -> None:
    name = operator if "::" in operator else f"aten::{operator}"
    assert FORMULAS.cost(OperatorCall(name, "", arguments, out)) == Cost(macs, other_flops)
