"""The adjoints of losses: FLOPs an element."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X = T((4, 5))
NONE, MEAN, SUM = 0, 1, 2

ROWS = [
    ("mse_loss_backward", {"reduction": MEAN}, (1 + 1 + 1) * 20),
    ("smooth_l1_loss_backward", {"reduction": MEAN, "beta": 1.0}, (1 + 2 + 3) * 20),
    ("huber_loss_backward", {"reduction": MEAN, "delta": 1.0}, (1 + 2 + 2) * 20),
    ("soft_margin_loss_backward", {"reduction": MEAN}, (1 + 1 + 1 + 3 + 1 + 1) * 20),
    ("binary_cross_entropy_backward", {"weight": None, "reduction": SUM}, (1 + 1 + 1 + 1 + 1 + 1) * 20),
    ("binary_cross_entropy_backward", {"weight": X, "reduction": MEAN}, (6 + 1 + 1) * 20),
    ("nll_loss_backward", {"target": T((4,), "int64"), "weight": None, "reduction": SUM}, 4),
    ("nll_loss_backward", {"target": T((4,), "int64"), "weight": T((5,)), "reduction": MEAN}, (1 + 1 + 1) * 4),
    ("nll_loss2d_backward", {"target": T((2, 3, 3), "int64"), "weight": None, "reduction": MEAN}, (1 + 1) * 18),
    ("multi_margin_loss_backward", {"p": 1, "margin": 1, "weight": None}, (2 + 1 + 1 + 1) * 20),
    ("multi_margin_loss_backward", {"p": 2, "margin": 1, "weight": T((5,))}, (2 + 1 + 1 + 1 + 1 + 1) * 20),
    # 2 targets and 3 other classes at most: subtract, add, compare, two sums a pair; a product with g
    ("multilabel_margin_loss_backward", {"reduction": MEAN}, 5 * 4 * (2 * 3) + 20),
    # one class, which has no other
    ("multilabel_margin_loss_backward", {"self": T(()), "reduction": MEAN}, 1),
]


@pytest.mark.parametrize(("operator", "arguments", "flops"), ROWS)
def test_losses(operator: str, arguments: Mapping[str, object], flops: int) -> None:
    call = OperatorCall(f"aten::{operator}", "", {"grad_output": T(()), "self": X, "target": X, **arguments}, X)
    assert FORMULAS.cost(call) == Cost(0, flops)
