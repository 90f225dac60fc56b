"""Recurrent layers: every step multiplies the input and the last state by their weights, then passes the gates.

The weights of all layers and directions meet every step of every sequence once, so the MACs are the steps times
the elements of the matrices. Source of the gates: the equations in torch's documentation of ``nn.LSTM``,
``nn.GRU`` and ``nn.RNN``. A packed sequence has just its real steps.
Dropout between layers, in training, is not part of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

# Rows of gates in a weight, and FLOPs a unit of state besides the products and biases.
# LSTM: add the two products 4, three sigmoids of 4, tanh, f * c + i * g 3, tanh, o * 1
_LSTM = (4, 4 + 3 * 4 + 1 + 3 + 1 + 1)
# GRU: add the two products 2, two sigmoids of 4, r * h, add, tanh, (h - n) * z + n 3
_GRU = (3, 2 + 2 * 4 + 1 + 1 + 1 + 3)
# RNN: add the two products, tanh or ReLU
_RNN = (1, 1 + 1)


@formula("aten::lstm")
def lstm(
    params: Sequence[TensorSpec], *, input: TensorSpec | None = None, data: TensorSpec | None = None, **_: object
) -> Cost:
    """[*steps, D * H] = lstm([*steps, m], weights [4 H, m], [4 H, H] and biases [4 H] of each layer and direction)"""
    return _steps(_rows(input, data), params, *_LSTM)


@formula("aten::gru")
def gru(
    params: Sequence[TensorSpec], *, input: TensorSpec | None = None, data: TensorSpec | None = None, **_: object
) -> Cost:
    """[*steps, D * H] = gru([*steps, m], weights [3 H, m], [3 H, H] and biases [3 H] of each layer and direction)"""
    return _steps(_rows(input, data), params, *_GRU)


@formula("aten::rnn_tanh", "aten::rnn_relu")
def rnn(
    params: Sequence[TensorSpec], *, input: TensorSpec | None = None, data: TensorSpec | None = None, **_: object
) -> Cost:
    """[*steps, D * H] = rnn([*steps, m], weights [H, m], [H, H] and biases [H] of each layer and direction)"""
    return _steps(_rows(input, data), params, *_RNN)


@formula("aten::mkldnn_rnn_layer")
def mkldnn_rnn_layer(
    input: TensorSpec,
    weight0: TensorSpec,
    weight1: TensorSpec,
    weight2: TensorSpec,
    weight3: TensorSpec,
    *,
    has_biases: bool = True,
    **_: object,
) -> Cost:
    """One layer in one direction of an LSTM, as the kernel on the CPU computes it."""
    biases = (weight2, weight3) if has_biases else ()
    return _steps(_rows(input), (weight0, weight1, *biases), *_LSTM)


@formula("aten::_lstm_mps")
def lstm_on_mps(input: TensorSpec, params: Sequence[TensorSpec], **_: object) -> Cost:
    """lstm, as Apple's library computes it"""
    return lstm(params, input=input)


@formula("aten::_cudnn_rnn", "aten::miopen_rnn")
def library_rnn(input: TensorSpec, weight: Sequence[TensorSpec], mode: int, **_: object) -> Cost:
    """All layers of an RNN of ReLU (mode 0) or tanh (1), an LSTM (2) or a GRU (3), as a library computes them"""
    return _steps(_rows(input), weight, *(_RNN, _RNN, _LSTM, _GRU)[mode])


@formula(
    *(f"aten::{kind}_cell" for kind in ("lstm", "gru", "rnn_tanh", "rnn_relu")),
    *(f"aten::quantized_{kind}_cell" for kind in ("lstm", "gru", "rnn_tanh", "rnn_relu")),
)
def cell(
    input: TensorSpec,
    w_ih: TensorSpec,
    w_hh: TensorSpec,
    *,
    b_ih: TensorSpec | None = None,
    b_hh: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[b, H] = cell([b, m], [b, H], [g H, m], [g H, H]), with g = 4 gates in an LSTM, 3 in a GRU and 1 in an RNN"""
    gates = w_hh.shape[0] // w_hh.shape[1]
    flops = dict((_LSTM, _GRU, _RNN))[gates]
    weights = [tensor for tensor in (w_ih, w_hh, b_ih, b_hh) if tensor is not None]
    return _steps(_rows(input), weights, gates, flops)


def _steps(rows: int, params: Sequence[TensorSpec], gates: int, flops: int) -> Cost:
    """All steps of layers with these weights: matrices, and biases of one dimension."""
    matrices = [tensor for tensor in params if len(tensor.shape) > 1]
    biases = sum(tensor.numel for tensor in params if len(tensor.shape) == 1)
    states = sum(tensor.shape[0] // gates for tensor in _into_gates(matrices))
    return Cost(rows * sum(tensor.numel for tensor in matrices), rows * (biases + flops * states))


def _into_gates(matrices: Sequence[TensorSpec]) -> Sequence[TensorSpec]:
    """The matrices that meet the input: of each layer and direction the first of two, or of three with a projection."""
    # A projection has fewer rows than the state has units; all matrices that meet the input have as many.
    projected = len(matrices) > 2 and matrices[2].shape[0] < matrices[0].shape[0]
    return matrices[:: 3 if projected else 2]


def _rows(*steps: TensorSpec | None) -> int:
    return sum(math.prod(each.shape[:-1]) for each in steps if each is not None)
