"""Weights that are packed in a form which cannot be read are no silent zero."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T
from pytest_flopbudget.errors import FormulaError


@pytest.mark.parametrize(
    ("operator", "arguments", "why"),
    [
        (
            "aten::quantized_lstm",
            {"input": T((5, 2, 8)), "params": (T((100,), "uint8"),)},
            "the weights are packed in the form of an older torch, which cannot be read",
        ),
        ("quantized::conv2d", {"packed_weight": (None, None)}, "the packed parameters hold no weight"),
        ("quantized::linear", {"X": T((2, 8)), "W_prepack": (None, None)}, "the packed parameters hold no weight"),
    ],
)
def test_refused(operator: str, arguments: dict[str, object], why: str) -> None:
    with pytest.raises(FormulaError) as error:
        FORMULAS.cost(OperatorCall(operator, "", arguments, T((2, 4))))
    assert f" raised ValueError: {why}; it was called with " in str(error.value)
