"""Operators of TensorFlow Lite that do not have the inputs that their definitions give them."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.operators import Cost, TensorSpec
from pytest_flopbudget.counting.tflite_macs import cost_of

DATA, WEIGHT, OUT = TensorSpec((1, 8, 8, 3)), TensorSpec((16, 3, 3, 3)), TensorSpec((1, 8, 8, 16))


def test_a_bias_may_be_left_out() -> None:
    assert cost_of("CONV_2D", (DATA, WEIGHT, None), (OUT,)) == Cost(8 * 8 * 16 * 3 * 3 * 3)


@pytest.mark.parametrize("inputs", [(DATA, None), (DATA,)])
def test_weights_may_not(inputs: tuple[TensorSpec | None, ...]) -> None:
    with pytest.raises(ValueError, match=r"^CONV_2D has other inputs than it is defined with$"):
        cost_of("CONV_2D", inputs, (OUT,))
