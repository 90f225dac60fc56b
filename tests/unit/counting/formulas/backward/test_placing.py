"""The adjoints of looking up, padding and windows: additions to the places that the elements came from."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

ROWS = [
    ("reflection_pad1d_backward", {"grad_output": T((1, 2, 6)), "padding": (1, 1)}, 12),
    ("replication_pad3d_backward", {"grad_output": T((1, 2, 6, 6, 6)), "padding": (1,) * 6}, 2 * 6 * 6 * 6),
    ("unfold_backward", {"grad_in": T((2, 7, 4)), "dim": -1, "size": 4, "step": 2}, 56),
    ("embedding_dense_backward", {"grad_output": T((2, 3, 4)), "num_weights": 9}, 24),
    ("embedding_dense_backward", {"grad_output": T((2, 3, 4)), "scale_grad_by_freq": True}, (1 + 1) * 24),
    # 6 indices of 4; a mean divides the 2 bags
    ("_embedding_bag_backward", {"grad": T((2, 4)), "indices": T((6,), "int64"), "mode": 0}, 24),
    ("_embedding_bag_backward", {"grad": T((2, 4)), "indices": T((6,), "int64"), "mode": 1}, 24 + 8),
    ("_embedding_bag_backward", {"grad": T((2, 4)), "indices": T((6,), "int64"), "mode": 2}, 8),
    (
        "_embedding_bag_dense_backward",
        {"grad": T((2, 4)), "indices": T((6,), "int64"), "mode": 0, "scale_grad_by_freq": True},
        (1 + 1) * 24,
    ),
    ("_segment_reduce_backward", {"grad": T((2, 3)), "data": T((6, 3)), "reduce": "sum"}, 0),
    ("_segment_reduce_backward", {"grad": T((2, 3)), "data": T((6, 3)), "reduce": "mean"}, 6),
    ("_segment_reduce_backward", {"grad": T((2, 3)), "data": T((6, 3)), "reduce": "max"}, 18 + 6),
    ("_segment_reduce_backward", {"grad": T((2, 3)), "data": T((6, 3)), "reduce": "prod"}, 2 * 18),
]


@pytest.mark.parametrize(("operator", "arguments", "flops"), ROWS)
def test_placing_backward(operator: str, arguments: Mapping[str, object], flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, T((9, 4)))) == Cost(0, flops)


WEIGHTED = [
    ("_embedding_bag_dense_backward", {"mode": 0, "per_sample_weights": T((6,))}, Cost(6 * 4)),
    (
        "_embedding_bag_backward",
        {"mode": 0, "per_sample_weights": T((6,)), "scale_grad_by_freq": True},
        Cost(6 * 4, 6 * 4),
    ),
    ("_embedding_bag_per_sample_weights_backward", {"weight": T((9, 4))}, Cost(6 * 4)),
]


@pytest.mark.parametrize(("operator", "arguments", "cost"), WEIGHTED)
def test_bags_with_weights_are_products(operator: str, arguments: Mapping[str, object], cost: Cost) -> None:
    given = {"grad": T((2, 4)), "indices": T((6,), "int64"), **arguments}
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", given, T((9, 4)))) == cost
