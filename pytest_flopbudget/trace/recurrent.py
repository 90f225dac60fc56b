"""Recurrent layers in pieces: one form on every device, with data and without.

Where autograd is on, torch takes a recurrent layer apart by the device that it finds, and libraries hide the pieces.
The equations are those of torch's documentation of ``nn.RNN``, ``nn.LSTM`` and ``nn.GRU``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import torch
from torch import Tensor
from torch.nn.functional import linear

State = tuple[Tensor, ...]


@contextmanager
def in_pieces() -> Iterator[None]:
    """Let the recurrent layers of this thread run in pieces, those of scripted modules apart."""
    with ExitStack() as undoing:
        for name, step in _STEPS.items():
            undoing.enter_context(mock.patch.object(torch._VF, name, _layer(step, getattr(torch._VF, name))))
        yield


@dataclass(frozen=True, slots=True)
class _Weights:
    """The weights of one layer in one direction; those that it has not are None."""

    of_input: Tensor
    of_state: Tensor
    bias_of_input: Tensor | None = None
    bias_of_state: Tensor | None = None
    projection: Tensor | None = None


Step = Callable[[Tensor, State, _Weights], State]


def _step(activation: Callable[[Tensor], Tensor]) -> Step:
    def step(gate: Tensor, state: State, weights: _Weights) -> State:
        return (activation(gate + linear(state[0], weights.of_state, weights.bias_of_state)),)

    return step


def _lstm_step(gates: Tensor, state: State, weights: _Weights) -> State:
    hidden, cell = state
    gates = gates + linear(hidden, weights.of_state, weights.bias_of_state)
    into, forget, new, out = gates.chunk(4, -1)
    cell = forget.sigmoid() * cell + into.sigmoid() * new.tanh()
    hidden = out.sigmoid() * cell.tanh()
    return (hidden if weights.projection is None else linear(hidden, weights.projection)), cell


def _gru_step(gates: Tensor, state: State, weights: _Weights) -> State:
    (hidden,) = state
    reset, update, new = gates.chunk(3, -1)
    reset_by, update_by, new_by = linear(hidden, weights.of_state, weights.bias_of_state).chunk(3, -1)
    new = (new + (reset + reset_by).sigmoid() * new_by).tanh()
    return ((hidden - new) * (update + update_by).sigmoid() + new,)


_STEPS: dict[str, Step] = {
    "rnn_tanh": _step(torch.tanh),
    "rnn_relu": _step(torch.relu),
    "lstm": _lstm_step,
    "gru": _gru_step,
}


def _layer(step: Step, original: Callable[..., object]) -> Callable[..., object]:
    thread = threading.get_ident()

    def run(*args: Any) -> object:
        if threading.get_ident() != thread:
            return original(*args)
        # A packed input brings the number of its sequences at each step.
        if not isinstance(args[3], bool):
            data, sizes, states, weights, has_biases, layers, dropout, train, both = args
            return _run(step, data, states, weights, _Form(has_biases, layers, dropout if train else 0.0, both), sizes)
        data, states, weights, has_biases, layers, dropout, train, both, batch_first = args
        form = _Form(has_biases, layers, dropout if train else 0.0, both)
        out = _run(step, data.transpose(0, 1) if batch_first else data, states, weights, form, None)
        return (out[0].transpose(0, 1), *out[1:]) if batch_first else out

    return run


@dataclass(frozen=True, slots=True)
class _Form:
    has_biases: bool
    layers: int
    dropout: float
    both_ways: bool


def _run(
    step: Step,
    data: Tensor,
    states: Tensor | Sequence[Tensor],
    weights: Sequence[Tensor],
    form: _Form,
    sizes: Tensor | None,
) -> tuple[Tensor, ...]:
    """All layers, one above the other: the outputs of the last, and the final states of all."""
    first = [states] if isinstance(states, Tensor) else states
    initial = list(zip(*(each.unbind(0) for each in first), strict=True))
    ways = 1 + form.both_ways
    cells = _cells(weights, len(initial), has_biases=form.has_biases)
    numbers = None if sizes is None else sizes.tolist()
    finals: list[State] = []
    for layer in range(form.layers):
        if layer and form.dropout:
            data = torch.dropout(data, form.dropout, True)
        outputs = []
        for number in range(ways * layer, ways * (layer + 1)):
            steps = _Steps(step, cells[number], backwards=number % ways == 1)
            out, final = steps.along(data, initial[number], numbers)
            outputs.append(out)
            finals.append(final)
        data = torch.cat(outputs, -1) if form.both_ways else outputs[0]
    return (data, *(torch.stack(final) for final in zip(*finals, strict=True)))


def _cells(weights: Sequence[Tensor], number: int, *, has_biases: bool) -> list[_Weights]:
    each = len(weights) // number
    cells = [list(weights[start : start + each]) for start in range(0, len(weights), each)]
    if has_biases:
        return [_Weights(*cell) for cell in cells]
    return [_Weights(cell[0], cell[1], projection=cell[2] if len(cell) > 2 else None) for cell in cells]


@dataclass(frozen=True, slots=True)
class _Steps:
    """The steps of one layer in one direction."""

    step: Step
    weights: _Weights
    backwards: bool

    def along(self, data: Tensor, state: State, sizes: list[int] | None) -> tuple[Tensor, State]:
        """The outputs of all steps, and the final state."""
        gates = linear(data, self.weights.of_input, self.weights.bias_of_input)
        if sizes is None:
            return self._along(list(gates.unbind(0)), state)
        return self._along_packed(list(gates.split(sizes)), state)

    def _along(self, gates: list[Tensor], state: State) -> tuple[Tensor, State]:
        outputs = []
        for gate in reversed(gates) if self.backwards else gates:
            state = self.step(gate, state, self.weights)
            outputs.append(state[0])
        return torch.stack(outputs[::-1] if self.backwards else outputs), state

    def _along_packed(self, gates: list[Tensor], first: State) -> tuple[Tensor, State]:
        """Sequences are sorted, the longest first: forwards they end, and backwards they begin, at the batch's end."""
        outputs, ended = [], []
        state = tuple(each[: len(gates[-1])] for each in first) if self.backwards else first
        for gate in reversed(gates) if self.backwards else gates:
            running, number = len(state[0]), len(gate)
            if number < running:
                ended.append(tuple(each[number:] for each in state))
                state = tuple(each[:number] for each in state)
            elif number > running:
                new = (each[running:number] for each in first)
                state = tuple(torch.cat(pair) for pair in zip(state, new, strict=True))
            state = self.step(gate, state, self.weights)
            outputs.append(state[0])
        finals = [state, *reversed(ended)]
        joined = finals[0] if len(finals) == 1 else tuple(torch.cat(parts) for parts in zip(*finals, strict=True))
        return torch.cat(outputs[::-1] if self.backwards else outputs), joined
