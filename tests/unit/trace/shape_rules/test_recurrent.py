"""Recurrent layers and cells: torch's own answer for layers, directions, projections and packed steps."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules import RULES, recurrent
from pytest_flopbudget.trace.shape_rules.marking import collect

Args = tuple[object, ...]
ALL = {f"aten::{name}.{kind}" for name in ("lstm", "gru", "rnn_tanh", "rnn_relu") for kind in ("input", "data")}
CELLS = {"lstm_cell": nn.LSTMCell, "gru_cell": nn.GRUCell, "rnn_tanh_cell": nn.RNNCell, "rnn_relu_cell": nn.RNNCell}

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN:UserWarning")


def test_every_rule_is_tested() -> None:
    assert set(collect((recurrent,))) == ALL | {f"aten::{cell}" for cell in CELLS}


def states(name: str, layers: int, batch: int, hidden: int, projected: int = 0) -> object:
    if name != "lstm":
        return torch.zeros(layers, batch, hidden)
    return [torch.zeros(layers, batch, projected or hidden), torch.zeros(layers, batch, hidden)]


def weights(name: str, layers: int, *, bidirectional: bool, bias: bool, projected: int = 0) -> list[torch.Tensor]:
    made: dict[str, nn.RNNBase] = {
        "lstm": nn.LSTM(4, 5, layers, bias, bidirectional=bidirectional, proj_size=projected),
        "gru": nn.GRU(4, 5, layers, bias, bidirectional=bidirectional),
    }
    layer = made.get(name, nn.RNN(4, 5, layers, bias=bias, bidirectional=bidirectional))
    return [weight.detach() for weight in layer.parameters()]


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn_tanh", "rnn_relu"])
@pytest.mark.parametrize("layers", [1, 2])
def test_torchs_answer(name: str, layers: int, agrees: Callable[..., bool]) -> None:
    for both, first, bias, projected in itertools.product((False, True), (False, True), (False, True), (0, 3)):
        if projected and name != "lstm":
            continue
        params = weights(name, layers, bidirectional=both, bias=bias, projected=projected)
        attributes = (params, bias, layers, 0.0, False, both)
        for x in (torch.ones(2, 7, 4), torch.ones(7, 2, 4).transpose(0, 1), torch.ones(1, 1, 4)):
            hx = states(name, layers * (1 + both), x.shape[0 if first else 1], 5, projected)
            assert agrees(f"aten::{name}.input", x, hx, *attributes, first)
        sizes = torch.tensor([2, 2, 2, 1])
        hx = states(name, layers * (1 + both), 2, 5, projected)
        assert agrees(f"aten::{name}.data", torch.ones(7, 4), sizes, hx, *attributes)
        assert agrees(f"aten::{name}.data", torch.ones(4, 7).t(), sizes, hx, *attributes)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("bias", [False, True])
def test_cells(name: str, bias: bool, agrees: Callable[..., bool]) -> None:
    params = [weight.detach() for weight in CELLS[name](4, 5, bias=bias).parameters()]
    state = torch.zeros(3, 5)
    hx = [state, state] if name == "lstm_cell" else state
    assert agrees(f"aten::{name}", torch.ones(3, 4), hx, *params)
    assert agrees(f"aten::{name}", torch.ones(4, 3).t(), hx, *params)
    assert agrees(f"aten::{name}", torch.ones(3, 4), hx, *params[:2], None, None)
    lying = torch.zeros(5, 3).t()
    assert agrees(f"aten::{name}", torch.ones(3, 4), [lying, lying] if name == "lstm_cell" else lying, *params)


def lstm(x: torch.Tensor, batch: int = 2, width: int = 5, kind: torch.dtype = torch.float32) -> Args:
    params = weights("lstm", 1, bidirectional=False, bias=False)
    hx = [torch.zeros(1, batch, width, dtype=kind), torch.zeros(1, batch, 5, dtype=kind)]
    return (x, hx, params, False, 1, 0.0, False, False, False)


@pytest.mark.parametrize(
    "args",
    [
        lstm(torch.ones(7, 2, 3)),
        lstm(torch.ones(7, 4)),
        lstm(torch.ones(7, 3, 4)),
        lstm(torch.ones(0, 2, 4)),
        lstm(torch.ones(7, 2, 4), width=3),
        lstm(torch.ones(7, 2, 4), kind=torch.float64),
        lstm(torch.ones(7, 2, 4).double()),
    ],
)
def test_stepping_aside(args: Args, steps_aside: Callable[..., bool]) -> None:
    assert steps_aside("aten::lstm.input", *args)


@pytest.mark.parametrize(("place", "shape"), [(4, (15, 6)), (5, (15, 6)), (7, (16,))])
def test_weights_that_do_not_fit(place: int, shape: tuple[int, ...], steps_aside: Callable[..., bool]) -> None:
    """Of the second layer, one of the input, of the state, and a bias; and one too few."""
    params = weights("gru", 2, bidirectional=False, bias=True)
    for given in ([*params[:place], torch.ones(shape), *params[place + 1 :]], params[:-1]):
        rest = (torch.zeros(2, 2, 5), given, True, 2, 0.0, False, False, False)
        assert steps_aside("aten::gru.input", torch.ones(7, 2, 4), *rest)


def test_stepping_aside_from_packed_steps(steps_aside: Callable[..., bool]) -> None:
    rest = lstm(torch.ones(7, 4))[1:-1]
    assert steps_aside("aten::lstm.data", torch.ones(7, 4), torch.tensor([3, 2, 2]), *rest)
    assert steps_aside("aten::lstm.data", torch.ones(7, 4), torch.tensor([2, 2, 2]), *rest)
    assert steps_aside("aten::lstm.data", torch.ones(7, 4), torch.tensor([2, 1, 2, 2]), *rest)
    assert steps_aside("aten::lstm.data", torch.ones(7, 1, 4), torch.tensor([2, 2, 2, 1]), *rest)


def test_stepping_aside_from_packed_steps_of_unknown_sizes() -> None:
    sizes = dataless((4,), torch.int64)
    assert RULES["aten::lstm.data"](torch.ones(7, 4), sizes, *lstm(torch.ones(7, 4))[1:-1]) is None


def test_stepping_aside_from_states_of_other_layers(steps_aside: Callable[..., bool]) -> None:
    x, _, *rest = lstm(torch.ones(7, 2, 4))
    assert steps_aside("aten::lstm.input", x, [torch.zeros(2, 2, 5), torch.zeros(1, 2, 5)], *rest)
    assert steps_aside("aten::lstm.input", x, [torch.zeros(1, 2, 5), torch.zeros(1, 3, 5)], *rest)


def test_cells_that_do_not_fit(steps_aside: Callable[..., bool]) -> None:
    w_ih, w_hh = torch.ones(15, 4), torch.ones(15, 5)
    assert steps_aside("aten::gru_cell", torch.ones(4), torch.ones(5), w_ih, w_hh)
    assert steps_aside("aten::gru_cell", torch.ones(3, 4), torch.ones(2, 5), w_ih, w_hh)
    assert steps_aside("aten::rnn_tanh_cell", torch.ones(3, 4), torch.ones(3, 5), w_ih, w_hh)
