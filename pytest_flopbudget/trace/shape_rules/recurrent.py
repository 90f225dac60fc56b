"""Output shapes of recurrent layers and cells: every step's output, and the final states of layers and directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch

from pytest_flopbudget.trace.dataless import DatalessTensor, dataless
from pytest_flopbudget.trace.shape_rules.layout import elementwise, ordered_strides
from pytest_flopbudget.trace.shape_rules.marking import rule

# Rows of gates that a weight has for each unit of state.
_LSTM, _GRU, _RNN = 4, 3, 1
# Weights that every step has: of the input and of the state.
_PRODUCTS = 2

_States = torch.Tensor | Sequence[torch.Tensor]
_Outputs = tuple[torch.Tensor, ...] | None


@dataclass(frozen=True, slots=True)
class _Form:
    """What a layer is made of, but for its widths."""

    gates: int
    layers: int
    directions: int
    has_biases: bool

    def weights(self, width: int, given: int, hidden: int) -> list[tuple[int, ...]]:
        """The shapes of all weights, in their order; a layer that gives less than its state projects it."""
        rows = self.gates * hidden
        rest = [
            (rows, given),
            *([(rows,), (rows,)] if self.has_biases else []),
            *([(given, hidden)] * (given != hidden)),
        ]
        taken = [width, *[self.directions * given] * (self.layers - 1)]
        return [shape for each in taken for _ in range(self.directions) for shape in ((rows, each), *rest)]


def _on_steps(
    gates: int,
    input: torch.Tensor,
    hx: _States,
    params: Sequence[torch.Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,  # noqa: ARG001
    train: bool,  # noqa: ARG001
    bidirectional: bool,
    batch_first: bool,
) -> _Outputs:
    """[T, B, D * H] and states [L * D, B, H] = layer([T, B, m], states, weights); or [B, T, D * H] of [B, T, m]"""
    states, form = _listed(hx), _Form(gates, num_layers, 1 + bidirectional, has_biases)
    if input.dim() != 3 or not input.numel() or not _fits(form, input, states, params):
        return None
    if input.shape[0 if batch_first else 1] != states[0].shape[1]:
        return None
    shape = (*input.shape[:2], form.directions * states[0].shape[-1])
    # The kernels work on steps first, whichever is asked for.
    strides = ordered_strides(shape, (1, 0, 2) if batch_first else (0, 1, 2))
    return (dataless(shape, input.dtype, stride=strides, device=input.device), *_final(states))


def _on_packed(
    gates: int,
    data: torch.Tensor,
    batch_sizes: torch.Tensor,
    hx: _States,
    params: Sequence[torch.Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,  # noqa: ARG001
    train: bool,  # noqa: ARG001
    bidirectional: bool,
) -> _Outputs:
    """[steps, D * H] and states [L * D, B, H] = layer([steps, m], states, weights), of known batch sizes"""
    states, form = _listed(hx), _Form(gates, num_layers, 1 + bidirectional, has_biases)
    if data.dim() != 2 or not data.numel() or not _fits(form, data, states, params):
        return None
    if isinstance(batch_sizes, DatalessTensor):
        return None
    sizes = batch_sizes.tolist()
    if (sizes[0], sum(sizes)) != (states[0].shape[1], data.shape[0]) or sizes != sorted(sizes, reverse=True):
        return None
    shape = (data.shape[0], form.directions * states[0].shape[-1])
    return (dataless(shape, data.dtype, device=data.device), *_final(states))


@rule("aten::lstm_cell")
def lstm_cell(
    input: torch.Tensor,
    hx: Sequence[torch.Tensor],
    w_ih: torch.Tensor,
    w_hh: torch.Tensor,
    *biases: torch.Tensor | None,
) -> _Outputs:
    """[B, H], [B, H] = lstm_cell([B, m], states, weights)"""
    return _stepped(_LSTM, input, hx, (w_ih, w_hh, *biases))


@rule("aten::gru_cell")
def gru_cell(
    input: torch.Tensor, hx: torch.Tensor, w_ih: torch.Tensor, w_hh: torch.Tensor, *biases: torch.Tensor | None
) -> torch.Tensor | None:
    """[B, H] = gru_cell([B, m], state, weights)"""
    out = _stepped(_GRU, input, (hx,), (w_ih, w_hh, *biases))
    # What is new is added to what is left of the state, whose layout goes before.
    return elementwise(hx.dtype, hx, out[0]) if out else None


@rule("aten::rnn_tanh_cell", "aten::rnn_relu_cell")
def rnn_cell(
    input: torch.Tensor, hx: torch.Tensor, w_ih: torch.Tensor, w_hh: torch.Tensor, *biases: torch.Tensor | None
) -> torch.Tensor | None:
    """[B, H] = rnn_cell([B, m], state, weights)"""
    out = _stepped(_RNN, input, (hx,), (w_ih, w_hh, *biases))
    return out[0] if out else None


def _stepped(
    gates: int, input: torch.Tensor, states: Sequence[torch.Tensor], weights: Sequence[torch.Tensor | None]
) -> _Outputs:
    params = [weight for weight in weights if weight is not None]
    layers = [state.unsqueeze(0) for state in states]
    form = _Form(gates, 1, 1, has_biases=len(params) > _PRODUCTS)
    if input.dim() != 2 or not _fits(form, input, layers, params) or input.shape[0] != states[0].shape[0]:
        return None
    return _final(states)


def _fits(form: _Form, input: torch.Tensor, states: Sequence[torch.Tensor], params: Sequence[torch.Tensor]) -> bool:
    """Whether input, states (the hidden one first, the cell's last) and weights go together."""
    if any(tensor.dtype != input.dtype for tensor in (*states, *params)) or any(state.dim() != 3 for state in states):
        return False
    around = (form.layers * form.directions, states[0].shape[1])
    if any(state.shape[:2] != around or not state.numel() for state in states):
        return False
    expected = form.weights(input.shape[-1], states[0].shape[-1], states[-1].shape[-1])
    return [tuple(weight.shape) for weight in params] == expected


def _final(states: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
    return tuple(dataless(state.shape, state.dtype, device=state.device) for state in states)


def _listed(hx: _States) -> Sequence[torch.Tensor]:
    return (hx,) if isinstance(hx, torch.Tensor) else hx


(
    (lstm, lstm_on_packed),
    (gru, gru_on_packed),
    (rnn_tanh, rnn_tanh_on_packed),
    (rnn_relu, rnn_relu_on_packed),
) = (
    (rule(f"aten::{name}.input")(partial(_on_steps, gates)), rule(f"aten::{name}.data")(partial(_on_packed, gates)))
    for name, gates in (("lstm", _LSTM), ("gru", _GRU), ("rnn_tanh", _RNN), ("rnn_relu", _RNN))
)
