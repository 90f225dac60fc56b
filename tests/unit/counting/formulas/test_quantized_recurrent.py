"""Quantized recurrent layers and cells."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

STEPS = T((5, 2, 8))  # 10 rows
CELL = (T((64, 8), "qint8"), T((64, 16), "qint8"), T((64,)), T((64,)))
GATED = (T((48, 8), "qint8"), T((48, 16), "qint8"), T((48,)), T((48,)))
HALVES = (T((64, 8), "float16"), T((64, 16), "float16"), T((64,)), T((64,)))
LSTM = 4 + 3 * 4 + 1 + 3 + 1 + 1
GRU = 2 + 2 * 4 + 1 + 1 + 1 + 3
# Input and state: a range and 5 an element; each product a scale.
QUANTISED = (2 + 5) * (8 + 16)
ROW = T((2, 8))
PACKED = ((T((64, 8), "qint8"), T((64,))), (T((64, 16), "qint8"), T((64,))))
OF_GRU = ((T((48, 8), "qint8"), None), (T((48, 16), "qint8"), None))

ROWS = [
    # operator, arguments, out, MACs, other FLOPs
    (
        "quantized_lstm",
        {"input": STEPS, "params": (CELL,)},
        (),
        10 * 64 * (8 + 16),
        10 * (64 + 64 + 16 * LSTM + QUANTISED + 64 + 64),
    ),
    ("quantized_lstm", {"input": STEPS, "params": (HALVES,)}, (), 10 * 64 * (8 + 16), 10 * (64 + 64 + 16 * LSTM)),
    (
        "quantized_lstm",
        {"data": T((7, 8)), "params": (CELL, CELL)},
        (),
        2 * 7 * 64 * (8 + 16),
        2 * 7 * (64 + 64 + 16 * LSTM + QUANTISED + 64 + 64),
    ),
    (
        "quantized_gru",
        {"input": STEPS, "params": (GATED,)},
        (),
        10 * 48 * (8 + 16),
        10 * (48 + 48 + 16 * GRU + QUANTISED + 48 + 48),
    ),
    (
        "quantized::quantized_lstm_cell_dynamic",
        {"input": ROW, "w_ih": PACKED[0], "w_hh": PACKED[1], "bias_ih": T((64,)), "bias_hh": T((64,))},
        (),
        2 * 64 * (8 + 16),
        2 * (64 + 64 + 16 * LSTM + QUANTISED + 64 + 64),
    ),
    (
        "quantized::quantized_gru_cell_dynamic",
        {"input": ROW, "w_ih": OF_GRU[0], "w_hh": OF_GRU[1], "b_ih": T((48,)), "b_hh": T((48,))},
        (),
        2 * 48 * (8 + 16),
        2 * (48 + 48 + 16 * GRU + QUANTISED + 48 + 48),
    ),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), ROWS)
def test_quantized_recurrent(
    operator: str, arguments: Mapping[str, object], out: object, macs: int, other_flops: int
) -> None:
    name = operator if "::" in operator else f"aten::{operator}"
    assert FORMULAS.cost(OperatorCall(name, "", arguments, out)) == Cost(macs, other_flops)
