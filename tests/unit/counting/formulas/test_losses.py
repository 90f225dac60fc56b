"""Losses: FLOPs an element, then the reduction."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X = T((4, 5))
PAIR = {"self": X, "target": X}
CLASSES = {"self": X, "target": T((4,), "int64")}
ONE = T(())
NONE, MEAN, SUM = 0, 1, 2

ROWS = [
    ("mse_loss", {**PAIR, "reduction": MEAN}, ONE, 2 * 20 + 20),
    ("mse_loss", {**PAIR, "reduction": SUM}, ONE, 2 * 20 + 20 - 1),
    ("mse_loss", {**PAIR, "reduction": NONE}, X, 2 * 20),
    ("mse_loss", {"self": T((0,)), "target": T((0,)), "reduction": SUM}, ONE, 0),
    ("smooth_l1_loss", {**PAIR, "reduction": NONE}, X, 6 * 20),
    ("huber_loss", {**PAIR, "reduction": MEAN}, ONE, 5 * 20 + 20),
    ("soft_margin_loss", {**PAIR, "reduction": MEAN}, ONE, 4 * 20 + 20),
    ("binary_cross_entropy", {**PAIR, "weight": None, "reduction": MEAN}, ONE, 8 * 20 + 20),
    ("binary_cross_entropy", {**PAIR, "weight": X, "reduction": MEAN}, ONE, 9 * 20 + 20),
    ("binary_cross_entropy_with_logits", {**PAIR, "weight": None, "pos_weight": None}, ONE, 10 * 20 + 20),
    ("binary_cross_entropy_with_logits", {**PAIR, "weight": X, "pos_weight": T((5,))}, ONE, (10 + 4 + 1) * 20 + 20),
    ("nll_loss_forward", {**CLASSES, "weight": None, "reduction": MEAN}, (ONE, ONE), 4 + 4),
    ("nll_loss_forward", {**CLASSES, "weight": T((5,)), "reduction": MEAN}, (ONE, ONE), 2 * 4 + 4 + (4 - 1)),
    ("nll_loss_forward", {**CLASSES, "weight": None, "reduction": SUM}, (ONE, ONE), 4 + 4 - 1),
    ("nll_loss_forward", {**CLASSES, "weight": T((5,)), "reduction": NONE}, (T((4,)), ONE), 2 * 4),
    # subtract, add, compare; the mean over classes; then over 4 samples
    ("multi_margin_loss", {**CLASSES, "p": 1, "weight": None, "reduction": MEAN}, ONE, (3 + 1) * 20 + 4),
    ("multi_margin_loss", {**CLASSES, "p": 2, "weight": T((5,)), "reduction": SUM}, ONE, (3 + 1 + 2) * 20 + 4 - 1),
    # 2 targets and 3 other classes at most: subtract, add, compare, add a pair; divide a sample; the mean
    ("multilabel_margin_loss_forward", {**PAIR, "reduction": MEAN}, (ONE, X), 4 * 4 * (2 * 3) + 4 + 4),
    ("nll_loss2d_forward", {"target": T((2, 3, 3), "int64"), "weight": None, "reduction": MEAN}, (ONE, ONE), 18 + 18),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "other_flops"), ROWS)
def test_losses(operator: str, arguments: Mapping[str, object], out: object, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, out)) == Cost(0, other_flops)
