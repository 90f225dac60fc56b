"""Dropout computes in training only; draws are compared or scaled."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X = T((4, 5))

ROWS = [
    ("dropout", {"input": X, "p": 0.5, "train": False}, X, 0),
    ("dropout", {"input": X, "p": 0.5, "train": True}, X, (1 + 1 + 1) * 20),
    ("dropout", {"input": X, "p": 0.0, "train": True}, X, 0),
    ("dropout", {"input": X, "p": 1.0, "train": True}, X, 20),
    ("feature_dropout", {"input": T((4, 5, 7)), "p": 1.0, "train": True}, T((4, 5, 7)), 20 * 7),
    ("dropout_", {"self": X, "p": 0.5, "train": True}, X, 3 * 20),
    ("feature_dropout", {"input": T((4, 5, 7)), "p": 0.5, "train": True}, T((4, 5, 7)), 2 * 20 + 20 * 7),
    ("feature_dropout", {"input": X, "p": 0.5, "train": False}, X, 0),
    ("native_dropout", {"input": X, "p": 0.5, "train": True}, (X, T((4, 5), "bool")), 3 * 20),
    ("native_dropout", {"input": X, "p": 0.5, "train": None}, (X, T((4, 5), "bool")), 3 * 20),
    ("_fused_dropout", {"self": X, "p": 0.5}, (X, T((4, 5), "uint8")), (1 + 1 + 1) * 20),
    ("_masked_scale", {"self": X, "scale": 2.0}, X, 2 * 20),
    ("bernoulli", {"self": X}, X, 20),
    ("bernoulli_", {"self": X, "p": 0.5}, X, 20),
    ("normal", {"mean": X, "std": 1.0}, X, 2 * 20),
    ("normal", {"mean": 0.0, "std": X}, X, 2 * 20),
    ("normal", {"mean": 0.0, "std": 1.0, "size": (4, 5)}, X, 0),
    ("normal_", {"self": X, "mean": 0.0, "std": 1.0}, X, 0),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "other_flops"), ROWS)
def test_dropout(operator: str, arguments: Mapping[str, object], out: object, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, out)) == Cost(0, other_flops)
