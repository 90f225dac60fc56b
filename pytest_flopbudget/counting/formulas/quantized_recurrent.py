"""Quantized recurrent layers: the MACs of the layer, its weights read from the packed parameters of every direction.

The gates work on floats and cost what they cost there. At each step the input and the state are quantised anew, 5 an
element and 2 to find their range, and each element of the two products is scaled: 1. Layers whose weights are halves
quantise nothing. Packed parameters arrive as (weight, weight, bias, bias) of each layer and direction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_flopbudget.counting.formulas import recurrent
from pytest_flopbudget.counting.formulas.quantisation import QUANTISE
from pytest_flopbudget.counting.formulas.quantized import Packed, unpacked
from pytest_flopbudget.counting.marking import FormulaFunction, formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

Cells = Sequence[TensorSpec | Packed]

_RANGE = 2


@formula("aten::quantized_lstm")
def quantized_lstm(
    params: Cells, *, input: TensorSpec | None = None, data: TensorSpec | None = None, **_: object
) -> Cost:
    """[*steps, D * H] = lstm([*steps, m]) of packed cells"""
    return _layer(recurrent.lstm, input or data, _weights(params))


@formula("aten::quantized_gru")
def quantized_gru(
    params: Cells, *, input: TensorSpec | None = None, data: TensorSpec | None = None, **_: object
) -> Cost:
    """[*steps, D * H] = gru([*steps, m]) of packed cells"""
    return _layer(recurrent.gru, input or data, _weights(params))


@formula("quantized::quantized_lstm_cell_dynamic")
def quantized_lstm_cell(
    input: TensorSpec,
    w_ih: Packed,
    w_hh: Packed,
    bias_ih: TensorSpec,
    bias_hh: TensorSpec,
    **_: object,
) -> Cost:
    """[b, H], [b, H] = cell([b, m], [b, H], packed [4 H, m], packed [4 H, H])"""
    return quantized_cell(input, w_ih, w_hh, bias_ih, bias_hh)


@formula(*(f"quantized::quantized_{kind}_cell_dynamic" for kind in ("gru", "rnn_tanh", "rnn_relu")))
def quantized_cell(
    input: TensorSpec, w_ih: Packed, w_hh: Packed, b_ih: TensorSpec, b_hh: TensorSpec, **_: object
) -> Cost:
    """[b, H] = cell([b, m], [b, H], packed [g H, m], packed [g H, H]), with g = 3 gates in a GRU and 1 in an RNN"""
    weights = [unpacked(w_ih)[0], unpacked(w_hh)[0]]
    gated = recurrent.cell(input, *weights, b_ih=b_ih, b_hh=b_hh)
    return gated + _quantising(input, weights)


def _layer(layer: FormulaFunction, steps: TensorSpec | None, weights: Sequence[TensorSpec]) -> Cost:
    assert steps is not None
    return layer(weights, input=steps) + _quantising(steps, weights)


def _quantising(steps: TensorSpec, weights: Sequence[TensorSpec]) -> Cost:
    rows = math.prod(steps.shape[:-1])
    integers = [weight.shape for weight in weights if len(weight.shape) > 1 and weight.dtype.startswith("q")]
    return Cost(other_flops=rows * sum((QUANTISE + _RANGE) * width + gates for gates, width in integers))


def _weights(cells: Cells) -> list[TensorSpec]:
    """The weights and biases of all cells.

    Raises:
        ValueError: A cell is packed so that its weights cannot be read: it would cost nothing.
    """
    if any(isinstance(cell, TensorSpec) for cell in cells):
        raise ValueError("the weights are packed in the form of an older torch, which cannot be read")
    return [each for cell in cells if not isinstance(cell, TensorSpec) for each in cell if each is not None]
