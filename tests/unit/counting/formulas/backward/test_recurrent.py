"""Gates of recurrent cells and their adjoints."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

LSTM = {"input_gates": T((2, 20)), "hidden_gates": T((2, 20)), "cx": T((2, 5))}
GRU = {"input_gates": T((2, 15)), "hidden_gates": T((2, 15)), "hx": T((2, 5))}
# Sums of the products, sigmoids, tanhs, products and sums of the states.
LSTM_UNIT = 4 + 3 * 4 + 2 + 3 + 1
GRU_UNIT = 2 + 2 * 4 + 1 + 1 + 1 + 3
# Through a sigmoid or tanh 3; what arrives there by the states' products and sums.
LSTM_BACK = 4 * 3 + 1 + 1 + 5 + 4
GRU_BACK = 3 * 3 + 2 + 2 + 1 + 2

CELLS = [
    ("_thnn_fused_lstm_cell", LSTM, LSTM_UNIT * 10),
    ("_thnn_fused_lstm_cell", {**LSTM, "input_bias": T((20,)), "hidden_bias": T((20,))}, LSTM_UNIT * 10 + 2 * 40),
    ("_thnn_fused_gru_cell", {**GRU, "input_bias": T((15,)), "hidden_bias": T((15,))}, GRU_UNIT * 10 + 2 * 30),
    (
        "_thnn_fused_lstm_cell_backward_impl",
        {"grad_hy": T((2, 5)), "cx": T((2, 5)), "cy": T((2, 5)), "workspace": T((2, 20)), "has_bias": True},
        LSTM_BACK * 10 + (2 - 1) * 20,
    ),
    (
        "_thnn_fused_gru_cell_backward",
        {"grad_hy": T((2, 5)), "workspace": T((2, 25)), "has_bias": True},
        GRU_BACK * 10 + 2 * (2 - 1) * 15,
    ),
    (
        "_thnn_fused_gru_cell_backward",
        {"grad_hy": T((2, 5)), "workspace": T((2, 25)), "has_bias": False},
        GRU_BACK * 10,
    ),
]


@pytest.mark.parametrize(("operator", "arguments", "flops"), CELLS)
def test_cells(operator: str, arguments: Mapping[str, object], flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, None)) == Cost(0, flops)


def test_layer() -> None:
    arguments = {
        "input": T((6, 2, 4)),
        "weight1": T((20, 4)),
        "weight2": T((20, 5)),
        "output": T((6, 2, 5)),
        "has_biases": True,
    }
    call = OperatorCall("aten::mkldnn_rnn_layer_backward", "", arguments, None)
    steps = 6 * 2
    macs = 2 * steps * 20 * (4 + 5)
    assert FORMULAS.cost(call) == Cost(macs, (LSTM_BACK + 1) * steps * 5 + 2 * (steps - 1) * 20)


def test_a_layer_without_inputs() -> None:
    arguments = {"input": T((6, 2, 0)), "weight1": T((20, 0)), "weight2": T((20, 5)), "output": T((6, 2, 5))}
    call = OperatorCall("aten::mkldnn_rnn_layer_backward", "", {**arguments, "has_biases": False}, None)
    assert FORMULAS.cost(call) == Cost(2 * 12 * 20 * 5, (LSTM_BACK + 1) * 12 * 5)


# Two layers: 4 inputs and 5 units, then 5 and 5, of 4, 3 or 1 gates.
LIBRARY = [
    (0, 1, 1 + 1),
    (1, 1, 3 + 1),
    (2, 4, LSTM_BACK + 1),
    (3, 3, GRU_BACK + 1),
]


@pytest.mark.parametrize(("mode", "gates", "unit"), LIBRARY)
@pytest.mark.parametrize("of_weights", [True, False])
@pytest.mark.parametrize("operator", ["_cudnn_rnn_backward", "miopen_rnn_backward"])
def test_layers_of_a_library(operator: str, mode: int, gates: int, unit: int, of_weights: bool) -> None:
    rows = gates * 5
    arguments = {
        "input": T((6, 2, 4)),
        "weight": (T((rows, 4)), T((rows, 5)), T((rows,)), T((rows,)), *(T((rows, 5)),) * 2, *(T((rows,)),) * 2),
        "mode": mode,
        "hidden_size": 5,
        "output_mask": (True, True, True, of_weights),
    }
    call = OperatorCall(f"aten::{operator}", "", arguments, None)
    steps = 6 * 2
    macs = (1 + of_weights) * steps * rows * (4 + 5 + 5 + 5)
    assert FORMULAS.cost(call) == Cost(macs, unit * steps * 10 + ((steps - 1) * 4 * rows if of_weights else 0))


def test_layers_with_projections() -> None:
    arguments = {
        "input": T((6, 2, 4)),
        "weight": (T((20, 4)), T((20, 3)), T((3, 5))),
        "mode": 2,
        "hidden_size": 5,
        "proj_size": 3,
        "output_mask": (True, True, True, False),
    }
    call = OperatorCall("aten::_cudnn_rnn_backward", "", arguments, None)
    assert FORMULAS.cost(call) == Cost(12 * (20 * 4 + 20 * 3 + 3 * 5), (LSTM_BACK + 1) * 12 * 5)
