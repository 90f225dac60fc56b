"""The adjoints of attention: four products, and what the scores cost."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

ATTENTION = [
    "_scaled_dot_product_flash_attention_backward",
    "_scaled_dot_product_flash_attention_for_cpu_backward",
    "_scaled_dot_product_efficient_attention_backward",
    "_scaled_dot_product_cudnn_attention_backward",
    "_scaled_dot_product_fused_attention_overrideable_backward",
]


@pytest.mark.parametrize("operator", ATTENTION)
@pytest.mark.parametrize(("heads", "dropped"), [(4, 0.0), (2, 0.0), (4, 0.1)])
def test_attention(operator: str, heads: int, dropped: float) -> None:
    query, key, value = T((2, 4, 5, 8)), T((2, heads, 7, 8)), T((2, heads, 7, 6))
    arguments = {"query": query, "key": key, "value": value, "dropout_p": dropped}
    call = OperatorCall(f"aten::{operator}", "", arguments, (query, key, value))
    scores = 2 * 4 * 5 * 7
    # two products over 8, two over 6; softmax's adjoint of 2 * 4 * 5 rows, the scale, and dropout's mask and scale
    other_flops = 4 * scores - 2 * 4 * 5 + scores + (2 * scores if dropped else 0)
    assert FORMULAS.cost(call) == Cost(scores * (2 * 8 + 2 * 6), other_flops)
