"""Gates of recurrent cells as one operator, and the adjoints: what a layer's kernel makes of its steps.

Here H is the size of the state. Source of the gates: the equations in torch's documentation of ``nn.LSTM`` and
``nn.GRU``; of the adjoints, their derivatives. The products that feed the gates are operators of their own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.elements import addition, per_element, sums
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

# Add the two products 4, three sigmoids of 4, tanh, f * c + i * g 3, tanh, o * 1.
_LSTM = 4 + 3 * 4 + 1 + 3 + 1 + 1
# Add two of the three products 2, two sigmoids of 4, r * h, add, tanh, (h - n) * z + n 3.
_GRU = 2 + 2 * 4 + 1 + 1 + 1 + 3
# tanh(c); do = dh * tanh(c); dc += dh * o * (1 - tanh(c) ** 2) 5; di, df, dg and the earlier dc, a product each;
# three adjoints of a sigmoid and one of a tanh, 3 each.
_LSTM_BACKWARD = 1 + 1 + 5 + 4 + 3 * 3 + 3
# dn = dh * (1 - z) 2, dz = dh * (h - n) 2, the earlier dh = dh * z; tanh's adjoint 3; dr and the product's, one each;
# two adjoints of a sigmoid, 3 each.
_GRU_BACKWARD = 2 + 2 + 1 + 3 + 2 + 2 * 3
# By a library's modes: the adjoint of ReLU, of tanh, an LSTM, a GRU.
_BY_MODE = (1, 3, _LSTM_BACKWARD, _GRU_BACKWARD)


@formula("aten::_thnn_fused_lstm_cell")
def fused_lstm_cell(
    input_gates: TensorSpec,
    cx: TensorSpec,
    *,
    input_bias: TensorSpec | None = None,
    hidden_bias: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[b, H], [b, H] = the state of an LSTM after gates [b, 4 H] from the input and [b, 4 H] from the state"""
    return per_element(_LSTM, cx) + addition(input_bias, input_gates) + addition(hidden_bias, input_gates)


@formula("aten::_thnn_fused_lstm_cell_backward_impl")
def fused_lstm_cell_backward(cx: TensorSpec, workspace: TensorSpec, has_bias: bool, **_: object) -> Cost:
    """[b, 4 H], [b, H], [4 H] = gradients of the gates, the earlier cell state and the biases"""
    bias = sums(workspace, workspace.shape[-1]) if has_bias else Cost()
    return per_element(_LSTM_BACKWARD, cx) + bias


@formula("aten::_thnn_fused_gru_cell")
def fused_gru_cell(
    input_gates: TensorSpec,
    hx: TensorSpec,
    *,
    input_bias: TensorSpec | None = None,
    hidden_bias: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[b, H] = the state of a GRU after gates [b, 3 H] from the input and [b, 3 H] from the state"""
    return per_element(_GRU, hx) + addition(input_bias, input_gates) + addition(hidden_bias, input_gates)


@formula("aten::_thnn_fused_gru_cell_backward")
def fused_gru_cell_backward(grad_hy: TensorSpec, has_bias: bool, **_: object) -> Cost:
    """[b, 3 H] twice, [b, H], [3 H] twice = gradients of the gates, the earlier state and the biases"""
    gates = TensorSpec((grad_hy.shape[0], 3 * grad_hy.shape[-1]), grad_hy.dtype)
    biases = sums(gates, gates.shape[-1]) if has_bias else Cost()
    return per_element(_GRU_BACKWARD, grad_hy) + biases + biases


@formula("aten::mkldnn_rnn_layer_backward")
def mkldnn_rnn_layer_backward(
    input: TensorSpec,
    weight1: TensorSpec,
    weight2: TensorSpec,
    output: TensorSpec,
    *,
    has_biases: bool,
    **_: object,
) -> Cost:
    """Gradients of one layer in one direction of an LSTM: [t, b, m] and weights [4 H, m], [4 H, H]

    MACs: twice the forward's, for what a weight meets and for the weight. Other FLOPs, a step: the gates' adjoint,
    the sum of the two gradients of the state, and the sums for both biases.
    """
    steps = math.prod(input.shape[:-1])
    gates = TensorSpec((steps, weight2.shape[0]), output.dtype)
    biases = sums(gates, gates.shape[-1]) if has_biases else Cost()
    macs = 2 * steps * (weight1.numel + weight2.numel)
    return Cost(macs) + per_element(_LSTM_BACKWARD + 1, output) + biases + biases


@formula("aten::_cudnn_rnn_backward")
def cudnn_rnn_backward(
    input: TensorSpec,
    weight: Sequence[TensorSpec],
    mode: int,
    hidden_size: int,
    output_mask: Sequence[bool],
    *,
    proj_size: int = 0,
    **_: object,
) -> Cost:
    """Gradients of all layers of an RNN of ReLU (mode 0) or tanh (1), an LSTM (2) or a GRU (3)

    MACs: the forward's for what the weights meet, and again for the weights where ``output_mask`` asks for them.
    Other FLOPs as of a layer above, a bias's sums with the weights.
    """
    steps = math.prod(input.shape[:-1])
    matrices = [tensor for tensor in weight if len(tensor.shape) > 1]
    units = hidden_size * (len(matrices) // (3 if proj_size else 2))
    of_weights = output_mask[3]
    macs = (1 + of_weights) * steps * sum(tensor.numel for tensor in matrices)
    biases = sum(tensor.numel for tensor in weight if len(tensor.shape) == 1) if of_weights else 0
    return Cost(macs, (_BY_MODE[mode] + 1) * steps * units + max(steps - 1, 0) * biases)


@formula("aten::miopen_rnn_backward")
def miopen_rnn_backward(
    input: TensorSpec,
    weight: Sequence[TensorSpec],
    mode: int,
    hidden_size: int,
    output_mask: Sequence[bool],
    **_: object,
) -> Cost:
    """_cudnn_rnn_backward without projections"""
    return cudnn_rnn_backward(input, weight, mode, hidden_size, output_mask)
