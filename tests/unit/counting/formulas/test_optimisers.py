"""Steps of optimisers, an element at a time."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

LIST = (T((4, 5)), T((3,)))  # 23 elements
ADAM = {"self": LIST, "weight_decay": 0.0, "amsgrad": False, "maximize": False}
# m: subtract, multiply, add; v: three products and a sum; the step: root, divide, add, multiply, divide, subtract.
STEP = 3 + 4 + 6
SGD = {**ADAM, "momentum": 0.0, "nesterov": False, "is_first_step": False}

ROWS = [
    # operator, arguments, out, MACs, other FLOPs
    ("_fused_adam_", ADAM, (), 0, STEP * 23),
    ("_fused_adam_", {**ADAM, "weight_decay": 0.1}, (), 0, (STEP + 2) * 23),
    ("_fused_adam_", {**ADAM, "amsgrad": True, "maximize": True}, (), 0, (STEP + 1 + 1) * 23),
    ("_fused_adam", {**ADAM, "grad_scale": T(())}, (), 0, (STEP + 1) * 23),
    ("_fused_adamw_", ADAM, (), 0, STEP * 23),
    ("_fused_adamw_", {**ADAM, "weight_decay": 0.1}, (), 0, (STEP + 1) * 23),
    ("_fused_adamw", {**ADAM, "amsgrad": True}, (), 0, (STEP + 1) * 23),
    ("_fused_sgd_", SGD, (), 0, 2 * 23),
    ("_fused_sgd_", {**SGD, "momentum": 0.9}, (), 0, (2 + 3) * 23),
    ("_fused_sgd_", {**SGD, "momentum": 0.9, "is_first_step": True}, (), 0, 2 * 23),
    ("_fused_sgd_", {**SGD, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}, (), 0, (2 + 3 + 2 + 2) * 23),
    ("_fused_adagrad_", ADAM, (), 0, (2 + 5) * 23),
    ("_fused_adagrad_", {**ADAM, "weight_decay": 0.1, "maximize": True}, (), 0, (2 + 5 + 2 + 1) * 23),
    ("_fused_adagrad", {**ADAM, "grad_scale": T(())}, (), 0, (2 + 5 + 1) * 23),
    ("_amp_foreach_non_finite_check_and_unscale_", {"self": LIST}, (), 0, 2 * 23),
    ("_amp_update_scale_", {"self": T(())}, T(()), 0, 3),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), ROWS)
def test_optimisers(operator: str, arguments: Mapping[str, object], out: object, macs: int, other_flops: int) -> None:
    name = operator if "::" in operator else f"aten::{operator}"
    assert FORMULAS.cost(OperatorCall(name, "", arguments, out)) == Cost(macs, other_flops)
