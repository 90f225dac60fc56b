"""Normalisation: FLOPs an element and a group."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X = T((2, 6, 5, 5))  # n = 300
C = T((6,))
AFFINE = {"weight": C, "bias": C}
NOTHING = {"weight": None, "bias": None}
RUNNING = {"running_mean": C, "running_var": C}
NO_RUNNING = {"running_mean": None, "running_var": None}

BATCH = [
    # subtract, multiply, weight, bias; add epsilon, root, divide a channel
    ("batch_norm", {**AFFINE, **RUNNING, "training": False}, (2 + 2) * 300 + 3 * 6),
    ("batch_norm", {**NOTHING, **RUNNING, "training": False}, 2 * 300 + 3 * 6),
    # mean 1 and variance 3 in training, and 7 a channel where running statistics follow
    ("batch_norm", {**AFFINE, **RUNNING, "training": True}, (1 + 3 + 2 + 2) * 300 + 3 * 6 + 7 * 6),
    ("batch_norm", {**NOTHING, **NO_RUNNING, "training": True}, (1 + 3 + 2) * 300 + 3 * 6),
    ("native_batch_norm", {**AFFINE, **RUNNING, "training": False}, (2 + 2) * 300 + 3 * 6),
    ("_native_batch_norm_legit", {**AFFINE, **RUNNING, "training": True}, (4 + 2 + 2) * 300 + 3 * 6 + 7 * 6),
    ("_native_batch_norm_legit", {**AFFINE, "training": True}, (4 + 2 + 2) * 300 + 3 * 6),
    ("_native_batch_norm_legit_no_training", {**AFFINE, **RUNNING}, (2 + 2) * 300 + 3 * 6),
    ("_batch_norm_no_update", {**NOTHING, **RUNNING}, 2 * 300 + 3 * 6),
    ("_batch_norm_with_update", {**AFFINE, **RUNNING}, (4 + 2 + 2) * 300 + 3 * 6 + 7 * 6),
]

OTHERS = [
    # groups: 2 samples of 6 channels
    ("instance_norm", {**NOTHING, **NO_RUNNING, "use_input_stats": True}, (4 + 2) * 300 + 3 * 12),
    ("instance_norm", {**AFFINE, **RUNNING, "use_input_stats": True}, (4 + 2 + 2) * 300 + 3 * 12 + (7 + 2) * 12),
    ("instance_norm", {**AFFINE, **RUNNING, "use_input_stats": False}, (2 + 2) * 300 + 3 * 12),
    # groups: 2 samples of 3 groups
    ("group_norm", {**AFFINE, "num_groups": 3}, (4 + 2 + 2) * 300 + 3 * 2 * 3),
    ("native_group_norm", {**NOTHING, "N": 2, "C": 6, "HxW": 25, "group": 3}, (4 + 2) * 300 + 3 * 2 * 3),
    # groups: all but the normalised dimensions
    ("layer_norm", {"normalized_shape": (5,), "weight": T((5,)), "bias": T((5,))}, 8 * 300 + 3 * 60),
    ("layer_norm", {"normalized_shape": (5, 5), "weight": T((5, 5)), "bias": None}, 7 * 300 + 3 * 12),
    ("native_layer_norm", {**NOTHING, "normalized_shape": (6, 5, 5)}, 6 * 300 + 3 * 2),
    ("rms_norm", {"normalized_shape": (5,), "weight": T((5,))}, (1 + 1 + 1 + 1) * 300 + 3 * 60),
    ("rms_norm", {"normalized_shape": (5,), "weight": None}, (1 + 1 + 1) * 300 + 3 * 60),
]


@pytest.mark.parametrize(("operator", "arguments", "other_flops"), [*BATCH, *OTHERS])
def test_normalisation(operator: str, arguments: Mapping[str, object], other_flops: int) -> None:
    call = OperatorCall(f"aten::{operator}", "", {"input": X, **arguments}, X)
    assert FORMULAS.cost(call) == Cost(0, other_flops)


def test_zero_samples() -> None:
    arguments = {"input": T((0, 6)), **AFFINE, **RUNNING, "training": False}
    assert FORMULAS.cost(OperatorCall("aten::batch_norm", "", arguments, T((0, 6)))) == Cost(0, 3 * 6)


def test_weight_norm() -> None:
    arguments = {"v": T((8, 4)), "g": T((8, 1)), "dim": 0}
    assert FORMULAS.cost(OperatorCall("aten::_weight_norm", "", arguments, T((8, 4)))) == Cost(0, 3 * 32 + 8)
