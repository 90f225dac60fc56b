"""Which operators of TensorFlow Lite do what a call does."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec
from pytest_flopbudget.counting.tflite import same_in_tflite

SPEC = TensorSpec((1, 8, 4, 4))
LAYER = {"input": SPEC, "weight": TensorSpec((8, 8, 3, 3)), "groups": 1}
BY_CHANNEL = {"input": SPEC, "weight": TensorSpec((8, 1, 3, 3)), "groups": 8}


@pytest.mark.parametrize(
    ("operator", "arguments", "names"),
    [
        ("aten::conv2d", LAYER, ("CONV_2D",)),
        ("aten::conv2d", BY_CHANNEL, ("DEPTHWISE_CONV_2D",)),
        ("aten::convolution", {**LAYER, "transposed": True}, ("TRANSPOSE_CONV",)),
        ("aten::relu_", {"self": SPEC}, ("RELU",)),
        # Another's operator of that name may do anything.
        ("shop::relu", {"self": SPEC}, ()),
    ],
)
def test_a_call(operator: str, arguments: dict[str, object], names: tuple[str, ...]) -> None:
    assert same_in_tflite(OperatorCall(operator, "", arguments, SPEC)) == names
