"""The operators of transformers that multiply tokens by their experts."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec

ROWS = [
    ((6, 8), (4, 8, 5), 6 * 8 * 5),
    ((1, 3), (2, 3, 7), 1 * 3 * 7),
    ((0, 8), (4, 8, 5), 0),
]


@pytest.mark.parametrize(("rows", "weights", "macs"), ROWS)
def test_experts(rows: tuple[int, ...], weights: tuple[int, ...], macs: int) -> None:
    tokens, experts = TensorSpec(rows), TensorSpec(weights)
    out = TensorSpec((rows[0], weights[2]))
    arguments = {"input": tokens, "weight": experts, "offs": TensorSpec(weights[:1], "int32")}
    assert FORMULAS.cost(OperatorCall("transformers::grouped_mm_fallback", "", arguments, out)) == Cost(macs)
    backward = OperatorCall(
        "transformers::grouped_mm_fallback_backward", "", {**arguments, "grad_output": out}, (tokens, experts)
    )
    assert FORMULAS.cost(backward) == Cost(2 * macs)
