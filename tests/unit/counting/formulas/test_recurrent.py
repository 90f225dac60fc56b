"""Recurrent layers and cells: the steps times the weights, whatever the layout of the steps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec

Count = Callable[[Callable[[], object]], tuple[Cost, list[str]]]

# A unit of state: add the two products, sigmoids of 4 each, tanh, and the products of gates
LSTM, GRU, RNN = 4 + 3 * 4 + 1 + 3 + 1 + 1, 2 + 2 * 4 + 1 + 1 + 1 + 3, 1 + 1

ROWS = {
    "two layers of LSTM": (
        nn.LSTM(32, 64, num_layers=2, batch_first=True),
        (2, 10, 32),
        2 * 10 * 4 * (32 * 64 + 64 * 64 + 64 * 64 + 64 * 64),
        2 * 10 * 2 * (2 * 4 * 64 + LSTM * 64),
    ),
    "steps first, both directions, no bias": (
        nn.LSTM(8, 16, bidirectional=True, bias=False),
        (10, 2, 8),
        2 * 10 * 2 * 4 * (8 * 16 + 16 * 16),
        2 * 10 * 2 * LSTM * 16,
    ),
    "projection": (
        nn.LSTM(8, 16, proj_size=4),
        (10, 2, 8),
        2 * 10 * (4 * 16 * 8 + 4 * 16 * 4 + 4 * 16),
        2 * 10 * (2 * 4 * 16 + LSTM * 16),
    ),
    "three layers": (
        nn.LSTM(8, 16, num_layers=3),
        (10, 2, 8),
        2 * 10 * 4 * (8 * 16 + 5 * 16 * 16),
        2 * 10 * 3 * (2 * 4 * 16 + LSTM * 16),
    ),
    "unbatched": (nn.LSTM(8, 16), (10, 8), 10 * 4 * (8 * 16 + 16 * 16), 10 * (2 * 4 * 16 + LSTM * 16)),
    "GRU": (nn.GRU(32, 64, batch_first=True), (2, 10, 32), 2 * 10 * 3 * (32 * 64 + 64 * 64), 20 * (6 * 64 + GRU * 64)),
    "RNN of tanh": (nn.RNN(8, 16), (10, 2, 8), 20 * (8 * 16 + 16 * 16), 20 * (2 * 16 + RNN * 16)),
    "RNN of ReLU": (nn.RNN(8, 16, nonlinearity="relu"), (10, 2, 8), 20 * (8 * 16 + 16 * 16), 20 * (2 * 16 + RNN * 16)),
    "LSTM cell": (nn.LSTMCell(8, 16), (3, 8), 3 * 4 * (8 * 16 + 16 * 16), 3 * (2 * 4 * 16 + LSTM * 16)),
    "GRU cell": (nn.GRUCell(8, 16), (3, 8), 3 * 3 * (8 * 16 + 16 * 16), 3 * (2 * 3 * 16 + GRU * 16)),
    "everything at once": (
        nn.LSTM(8, 16, num_layers=2, bidirectional=True, proj_size=4, batch_first=True),
        (2, 10, 8),
        2 * 10 * 2 * (4 * 16 * 8 + 4 * 16 * 4 + 4 * 16 + 4 * 16 * 2 * 4 + 4 * 16 * 4 + 4 * 16),
        2 * 10 * 2 * 2 * (2 * 4 * 16 + LSTM * 16),
    ),
    "two layers of GRU, both directions": (
        nn.GRU(8, 16, num_layers=2, bidirectional=True),
        (10, 2, 8),
        2 * 10 * 2 * 3 * (8 * 16 + 16 * 16 + 2 * 16 * 16 + 16 * 16),
        2 * 10 * 2 * 2 * (2 * 3 * 16 + GRU * 16),
    ),
    "RNN cell": (nn.RNNCell(8, 16), (3, 8), 3 * (8 * 16 + 16 * 16), 3 * (2 * 16 + RNN * 16)),
}


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN:UserWarning")
@pytest.mark.parametrize(("layer", "shape", "macs", "other_flops"), ROWS.values(), ids=ROWS)
def test_layers(whole: Count, layer: nn.Module, shape: tuple[int, ...], macs: int, other_flops: int) -> None:
    cost, uncounted = whole(lambda: layer.eval()(torch.ones(shape)))
    assert (cost, uncounted) == (Cost(macs, other_flops), [])


@pytest.mark.parametrize("name", ["two layers of LSTM", "unbatched", "GRU", "RNN of tanh", "GRU cell"])
def test_the_pieces_have_the_same_macs(in_pieces: Count, name: str) -> None:
    layer, shape, macs, _ = ROWS[name]
    cost, uncounted = in_pieces(lambda: layer.eval()(torch.ones(shape)))
    assert (cost.macs, uncounted) == (macs, [])


def test_a_packed_sequence_has_its_real_steps(whole: Count) -> None:
    layer = nn.LSTM(8, 16, batch_first=True).eval()
    packed = nn.utils.rnn.pack_padded_sequence(torch.ones(2, 7, 8), torch.tensor([7, 3]), batch_first=True)
    cost, uncounted = whole(lambda: layer(packed))
    assert (cost.macs, uncounted) == ((7 + 3) * 4 * (8 * 16 + 16 * 16), [])


@pytest.mark.parametrize("layer", [nn.GRU(8, 16), nn.RNN(8, 16), nn.RNN(8, 16, bidirectional=True)])
def test_any_packed_sequence(whole: Count, layer: nn.RNNBase) -> None:
    packed = nn.utils.rnn.pack_sequence([torch.ones(4, 8), torch.ones(2, 8), torch.ones(5, 8)], enforce_sorted=False)
    gates = 3 if layer.mode == "GRU" else 1
    directions = 2 if layer.bidirectional else 1
    cost, uncounted = whole(lambda: layer.eval()(packed))
    assert (cost.macs, uncounted) == ((4 + 2 + 5) * directions * gates * (8 * 16 + 16 * 16), [])


def test_steps_without_features_still_pass_the_state() -> None:
    weights = (TensorSpec((64, 0)), TensorSpec((64, 16)))
    call = OperatorCall("aten::lstm", "", {"input": TensorSpec((10, 2, 0)), "params": weights}, ())
    assert FORMULAS.cost(call) == Cost(10 * 2 * 4 * 16 * 16, 10 * 2 * LSTM * 16)


@pytest.mark.parametrize(("mode", "gates", "flops"), [(0, 1, RNN), (1, 1, RNN), (2, 4, LSTM), (3, 3, GRU)])
@pytest.mark.parametrize("operator", ["aten::_cudnn_rnn", "aten::miopen_rnn"])
def test_a_librarys_kernel(operator: str, mode: int, gates: int, flops: int) -> None:
    weights = tuple(TensorSpec(shape) for shape in ((gates * 16, 8), (gates * 16, 16), (gates * 16,), (gates * 16,)))
    arguments = {"input": TensorSpec((10, 2, 8)), "weight": weights, "mode": mode}
    expected = Cost(2 * 10 * gates * (8 * 16 + 16 * 16), 2 * 10 * (2 * gates * 16 + flops * 16))
    assert FORMULAS.cost(OperatorCall(operator, "", arguments, ())) == expected


def test_apples_kernel() -> None:
    weights = tuple(TensorSpec(shape) for shape in ((64, 8), (64, 16), (64,), (64,)))
    call = OperatorCall("aten::_lstm_mps", "", {"input": TensorSpec((10, 2, 8)), "params": weights}, ())
    assert FORMULAS.cost(call) == Cost(10 * 2 * 4 * (8 * 16 + 16 * 16), 10 * 2 * (2 * 4 * 16 + LSTM * 16))


X, STATE = TensorSpec((10, 2, 8)), TensorSpec((2, 16))


def weights_of(gates: int) -> tuple[TensorSpec, ...]:
    """Of a layer of 8 features and 16 units: two matrices and two biases."""
    return tuple(TensorSpec((gates * 16, *width)) for width in ((8,), (16,), (), ()))


LAYERS: list[tuple[str, dict[str, object], int, int]] = [
    # operator, arguments, gates, FLOPs a unit of state
    ("lstm", {"input": X, "params": weights_of(4)}, 4, LSTM),
    ("gru", {"input": X, "params": weights_of(3)}, 3, GRU),
    ("rnn_tanh", {"input": X, "params": weights_of(1)}, 1, RNN),
    ("rnn_relu", {"input": X, "params": weights_of(1)}, 1, RNN),
    ("_lstm_mps", {"input": X, "params": weights_of(4)}, 4, LSTM),
    # the steps of a packed sequence stand in one row behind the other
    ("lstm", {"data": TensorSpec((20, 8)), "params": weights_of(4)}, 4, LSTM),
    ("gru", {"data": TensorSpec((20, 8)), "params": weights_of(3)}, 3, GRU),
    ("rnn_tanh", {"data": TensorSpec((20, 8)), "params": weights_of(1)}, 1, RNN),
]


@pytest.mark.parametrize(("operator", "arguments", "gates", "flops"), LAYERS)
def test_a_layer_by_itself(operator: str, arguments: dict[str, object], gates: int, flops: int) -> None:
    expected = Cost(10 * 2 * gates * (8 * 16 + 16 * 16), 10 * 2 * (2 * gates * 16 + flops * 16))
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, ())) == expected


@pytest.mark.parametrize(
    ("kind", "gates", "flops"), [("lstm", 4, LSTM), ("gru", 3, GRU), ("rnn_tanh", 1, RNN), ("rnn_relu", 1, RNN)]
)
@pytest.mark.parametrize("prefix", ["aten::", "aten::quantized_"])
def test_a_cell_by_itself(prefix: str, kind: str, gates: int, flops: int) -> None:
    arguments = dict(zip(("w_ih", "w_hh", "b_ih", "b_hh"), weights_of(gates), strict=True))
    call = OperatorCall(f"{prefix}{kind}_cell", "", {"input": TensorSpec((3, 8)), "hx": STATE, **arguments}, ())
    assert FORMULAS.cost(call) == Cost(3 * gates * (8 * 16 + 16 * 16), 3 * (2 * gates * 16 + flops * 16))


@pytest.mark.parametrize(("said", "biases"), [({}, 2), ({"has_biases": True}, 2), ({"has_biases": False}, 0)])
def test_one_layer_of_the_kernel_on_the_cpu(said: dict[str, object], biases: int) -> None:
    weights = {f"weight{at}": weight for at, weight in enumerate(weights_of(4))}
    call = OperatorCall("aten::mkldnn_rnn_layer", "", {"input": X, **weights, **said}, ())
    assert FORMULAS.cost(call) == Cost(20 * 4 * (8 * 16 + 16 * 16), 20 * (biases * 4 * 16 + LSTM * 16))


def test_a_projection_that_is_nearly_as_wide_as_the_state() -> None:
    weights = tuple(TensorSpec(shape) for shape in ((64, 8), (64, 15), (15, 16)))
    call = OperatorCall("aten::lstm", "", {"input": X, "params": weights}, ())
    assert FORMULAS.cost(call) == Cost(20 * (64 * 8 + 64 * 15 + 15 * 16), 20 * LSTM * 16)
