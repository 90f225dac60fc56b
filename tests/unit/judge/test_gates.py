"""What thop adds to recurrent layers, by its rules' own arithmetic."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec
from pytest_flopbudget.judge.gates import gates


def weights(gates: int, units: int, inputs: int, layers: int = 1, *, bias: bool = True) -> tuple[TensorSpec, ...]:
    """The parameters of layers that are as wide as their inputs."""
    of_layer = [TensorSpec((gates * units, inputs)), TensorSpec((gates * units, units))]
    return tuple([*of_layer, *([TensorSpec((gates * units,))] * 2 if bias else [])] * layers)


def layer(operator: str, params: tuple[TensorSpec, ...], *, bias: bool = True) -> OperatorCall:
    arguments = {"input": TensorSpec((10, 2, 32)), "params": params, "has_biases": bias}
    return OperatorCall(operator, "", arguments, None)


CELL = {"input": TensorSpec((3, 32)), "w_ih": TensorSpec((256, 32)), "w_hh": TensorSpec((256, 64))}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (layer("aten::lstm", weights(4, 64, 32)), 10 * 2 * 64 * (4 * (1 + 2) + 3 + 1)),
        (layer("aten::lstm", weights(4, 64, 32, layers=2)), 10 * 2 * 2 * 64 * (4 * (1 + 2) + 3 + 1)),
        (layer("aten::lstm", weights(4, 64, 32, bias=False), bias=False), 10 * 2 * 64 * (4 + 3 + 1)),
        (layer("aten::gru", weights(3, 64, 32)), 10 * 2 * 64 * (3 * (1 + 2) + 1 + 3)),
        (layer("aten::rnn_tanh", weights(1, 63, 32)), 10 * 2 * 63 * (1 + 2)),
        # Of three layers, six matrices: two a layer, and not three.
        (layer("aten::lstm", weights(4, 64, 32, layers=3)), 10 * 2 * 3 * 64 * (4 * (1 + 2) + 3 + 1)),
        (layer("aten::gru", weights(3, 64, 32, layers=3)), 10 * 2 * 3 * 64 * (3 * (1 + 2) + 1 + 3)),
        (OperatorCall("aten::lstm_cell", "", {**CELL, "b_ih": TensorSpec((256,))}, None), 3 * 64 * (4 * 3 + 4)),
        (OperatorCall("aten::lstm_cell", "", {**CELL, "b_ih": None}, None), 3 * 64 * (4 + 4)),
        (OperatorCall("aten::linear", "", {"input": TensorSpec((3, 32))}, None), 0),
    ],
)
def test_gates(call: OperatorCall, expected: int) -> None:
    assert gates(call) == expected


@pytest.mark.parametrize(("bias", "per_unit"), [(True, 4 * (1 + 2) + 3 + 1), (False, 4 + 3 + 1)])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_projection_is_no_layer(layers: int, bias: bool, per_unit: int) -> None:
    """256 = 4 * 64: four gates of 64 units, which see 16 inputs and 16 of the state."""
    biases = (TensorSpec((256,)), TensorSpec((256,))) if bias else ()
    of_layer = (TensorSpec((256, 16)), TensorSpec((256, 16)), *biases, TensorSpec((16, 64)))
    assert gates(layer("aten::lstm", of_layer * layers, bias=bias)) == 10 * 2 * layers * 64 * per_unit


@pytest.mark.parametrize("shape", [(10, 2, 0), ()])
def test_what_has_no_elements_or_sizes_costs_nothing(shape: tuple[int, ...]) -> None:
    empty = {"input": TensorSpec(shape), "params": weights(4, 64, 32), "has_biases": True}
    assert gates(OperatorCall("aten::lstm", "", empty, None)) == 0


def test_packed_sequences_have_their_real_steps() -> None:
    arguments = {"data": TensorSpec((7, 32)), "params": weights(3, 64, 32), "has_biases": True}
    assert gates(OperatorCall("aten::gru", "", arguments, None)) == 7 * 64 * (3 * 3 + 4)
