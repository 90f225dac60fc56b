"""What a kernel keeps for a backward pass is no activation."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
from pytest_flopbudget.counting.workspace import results

OUT, KEPT, STATE = TensorSpec((2, 4, 5, 8)), TensorSpec((2, 4, 5)), TensorSpec((1, 2, 8))


@pytest.mark.parametrize(
    ("operator", "out", "expected"),
    [
        ("aten::_scaled_dot_product_flash_attention_for_cpu", (OUT, KEPT), (OUT,)),
        ("aten::_scaled_dot_product_flash_attention", (OUT, KEPT, None, None, 5, 5, KEPT, KEPT, KEPT), (OUT,)),
        ("aten::_native_multi_head_attention", (OUT, KEPT), (OUT,)),
        ("aten::mkldnn_rnn_layer", (OUT, STATE, STATE, KEPT), (OUT, STATE, STATE)),
        ("aten::lstm", (OUT, STATE, STATE), (OUT, STATE, STATE)),
        ("torch_nn::_linear_cross_entropy_batch_chunked", (STATE, OUT, KEPT, KEPT), (STATE,)),
        ("aten::linear", OUT, (OUT,)),
        ("aten::item", 3, ()),
    ],
)
def test_results(operator: str, out: object, expected: tuple[TensorSpec, ...]) -> None:
    assert results(OperatorCall(operator, "", {}, out)) == expected


@pytest.mark.parametrize(
    "operator", ["aten::_flash_attention_forward_no_dropout_inplace", "torch_attn::_varlen_attn_out"]
)
def test_a_result_that_is_written_to_an_argument(operator: str) -> None:
    assert results(OperatorCall(operator, "", {"out": OUT}, KEPT)) == (OUT,)


def test_activations_are_results_alone() -> None:
    call = OperatorCall("aten::_scaled_dot_product_flash_attention_for_cpu", "", {}, (OUT, KEPT))
    assert Measurement(calls=((call, Cost(1)),), modules=()).activations == 2 * 4 * 5 * 8
