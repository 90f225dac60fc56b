"""A linear layer and its cross entropy as one operator: the sum of its pieces."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

GIVEN = {"input": T((6, 4)), "linear_weight": T((5, 4)), "target": T((6,), "int64")}
ASKED = {"compute_input_grad": True, "compute_linear_weight_grad": True, "compute_linear_bias_grad": True}
NONE = dict.fromkeys(ASKED, False)
MACS = 6 * 4 * 5
LOG_SOFTMAX = 6 * (5 * 5 - 1)
BACK = 6 * (4 * 5 - 1)

ROWS = [
    # operator, arguments, MACs, other FLOPs: the logarithms of the softmax, a negation and a mean a target
    ("", {**NONE, "reduction": "mean"}, MACS, LOG_SOFTMAX + 6 + 6),
    ("", {**NONE, "reduction": "sum", "linear_bias": T((5,))}, MACS, 6 * 5 + LOG_SOFTMAX + 6 + 5),
    (
        "",
        {**ASKED, "reduction": "sum", "linear_bias": T((5,))},
        3 * MACS,
        6 * 5 + LOG_SOFTMAX + 6 + 5 + 6 + BACK + (6 - 1) * 5,
    ),
    (
        "",
        {**NONE, "compute_linear_weight_grad": True, "reduction": "mean"},
        2 * MACS,
        LOG_SOFTMAX + 6 + 6 + 6 * 2 + BACK,
    ),
    ("_no_reduction", {}, MACS, LOG_SOFTMAX + 6),
    ("_no_reduction", {"weight": T((5,))}, MACS, LOG_SOFTMAX + 2 * 6),
]


@pytest.mark.parametrize(("kind", "arguments", "macs", "other_flops"), ROWS)
def test_linear_losses(kind: str, arguments: Mapping[str, object], macs: int, other_flops: int) -> None:
    call = OperatorCall(f"torch_nn::_linear_cross_entropy_batch_chunked{kind}", "", {**GIVEN, **arguments}, ())
    assert FORMULAS.cost(call) == Cost(macs, other_flops)
