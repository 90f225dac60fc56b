"""Connectionist temporal classification: FLOPs of its recursions, and of the gradient."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

# log(exp(a - m) + exp(b - m) + exp(c - m)) + m: the largest 2, three subtractions and exponentials, two sums, log, m;
# and the label's own.
STATE = 2 + 3 + 3 + 2 + 1 + 1 + 1
LAST = 4 + 1  # log(exp(a) + exp(b)), negate
PADDED = {"log_probs": T((6, 2, 5)), "targets": T((2, 3), "int64")}
JOINED = {"log_probs": T((6, 2, 5)), "targets": T((5,), "int64")}
IN_TENSORS = {"input_lengths": T((2,), "int64"), "target_lengths": T((2,), "int64")}

ROWS = [
    # 3 labels are 7 states, 2 are 5
    ({**PADDED, "input_lengths": (6, 4), "target_lengths": (3, 2)}, 6 * 7 + 4 * 5, 2),
    ({**JOINED, "input_lengths": (6, 4), "target_lengths": (3, 2)}, 6 * 7 + 4 * 5, 2),
    # lengths that shapes do not tell: all are the longest
    ({**PADDED, **IN_TENSORS}, 6 * 7 + 6 * 7, 2),
    ({**JOINED, **IN_TENSORS}, 6 * (2 * 5 + 2), 2),
    ({"log_probs": T((6, 5)), "targets": T((3,), "int64"), "input_lengths": (6,), "target_lengths": (3,)}, 6 * 7, 1),
]


@pytest.mark.parametrize(("arguments", "states", "samples"), ROWS)
def test_ctc_loss(arguments: Mapping[str, object], states: int, samples: int) -> None:
    call = OperatorCall("aten::_ctc_loss", "", arguments, (T((samples,)), T(())))
    assert FORMULAS.cost(call) == Cost(0, STATE * states + LAST * samples)


@pytest.mark.parametrize(("arguments", "states", "samples"), ROWS)
def test_its_gradient(arguments: Mapping[str, object], states: int, samples: int) -> None:
    call = OperatorCall("aten::_ctc_loss_backward", "", arguments, arguments["log_probs"])
    # the recursion backwards; where both meet, a sum and log(exp(a) + exp(b)); exp, 3 for the other term, 2 to end
    assert FORMULAS.cost(call) == Cost(0, (STATE + 1 + 4) * states + (1 + 3 + 2) * 6 * samples * 5)
