"""Recurrent layers and attention against counts by hand, on shapes and executed; the formula of each beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget.api import count
from pytest_flopbudget.counting.measurement import Backend

AsModel = Callable[[Callable[..., object]], nn.Module]

pytestmark = [
    pytest.mark.parametrize("backend", ["shapes", "execute"]),
    pytest.mark.filterwarnings(
        "ignore:LSTM with projections is not supported with oneDNN:UserWarning",
        "ignore:There is a performance drop because we have not yet implemented:UserWarning",
    ),
]

# Rows of steps × gates × (input and state, a unit each, by every unit), and the elements of steps and final states.
RECURRENT: dict[str, tuple[nn.Module, str, int, int]] = {
    "LSTM": (nn.LSTM(8, 16), "10x2x8", 20 * 4 * 16 * (8 + 16), 20 * 16 + 2 * 2 * 16),
    "LSTM of the oracle": (
        nn.LSTM(32, 64, num_layers=2, batch_first=True),
        "2x10x32",
        2 * 10 * 4 * (32 * 64 + 64 * 64 + 64 * 64 + 64 * 64),
        2 * 10 * 64 + 2 * 2 * 2 * 64,
    ),
    "both directions": (
        nn.LSTM(8, 16, num_layers=2, bidirectional=True),
        "10x2x8",
        20 * 2 * 4 * 16 * ((8 + 16) + (2 * 16 + 16)),
        20 * 2 * 16 + 2 * 4 * 2 * 16,
    ),
    "projection": (
        nn.LSTM(8, 16, num_layers=2, proj_size=4, batch_first=True),
        "2x10x8",
        20 * (4 * 16 * (8 + 4) + 16 * 4 + 4 * 16 * (4 + 4) + 16 * 4),
        20 * 4 + 2 * 2 * 4 + 2 * 2 * 16,
    ),
    "without batches": (nn.LSTM(8, 16), "10x8", 10 * 4 * 16 * (8 + 16), 10 * 16 + 2 * 16),
    "without biases": (nn.GRU(8, 16, bias=False), "10x2x8", 20 * 3 * 16 * (8 + 16), 20 * 16 + 2 * 16),
    "GRU of the oracle": (
        nn.GRU(32, 64, batch_first=True),
        "2x10x32",
        2 * 10 * 3 * (32 * 64 + 64 * 64),
        2 * 10 * 64 + 2 * 64,
    ),
    "RNN of ReLU": (
        nn.RNN(8, 16, nonlinearity="relu", bidirectional=True),
        "10x2x8",
        20 * 2 * 16 * (8 + 16),
        20 * 2 * 16 + 2 * 2 * 16,
    ),
    "LSTM cell": (nn.LSTMCell(8, 16), "3x8", 3 * 4 * 16 * (8 + 16), 2 * 3 * 16),
    "GRU cell": (nn.GRUCell(8, 16), "3x8", 3 * 3 * 16 * (8 + 16), 3 * 16),
    "RNN cell": (nn.RNNCell(8, 16), "3x8", 3 * 16 * (8 + 16), 3 * 16),
}


@pytest.mark.parametrize(("model", "input", "macs", "activations"), RECURRENT.values(), ids=RECURRENT)
def test_recurrent_layers(model: nn.Module, input: str, macs: int, activations: int, backend: Backend) -> None:
    measurement = count(model, input, backend=backend)
    assert (measurement.macs, measurement.activations, measurement.uncounted) == (macs, activations, {})


Attend = Callable[..., torch.Tensor]
attention: Attend = nn.functional.scaled_dot_product_attention
Q, K, V = "2x4x5x8", "2x4x7x8", "2x4x7x3"

# Batch × heads × queries × keys × (a key's elements + a value's).
FORMS: dict[str, tuple[Attend, list[str], int, int]] = {
    "the oracle's": (lambda q: attention(q, q, q), ["2x4x16x32"], 2 * 2 * 4 * 16 * 16 * 32, 2 * 4 * 16 * 32),
    "values of another width": (attention, [Q, K, V], 2 * 4 * 5 * 7 * (8 + 3), 2 * 4 * 5 * 3),
    "masked": (
        lambda q, k, m: attention(q, k, k, m > 0),
        [Q, K, "float32:5x7"],
        2 * 4 * 5 * 7 * (8 + 8),
        2 * 4 * 5 * 8,
    ),
    "biased": (lambda q, k, m: attention(q, k, k, m), [Q, K, "2x1x5x7"], 2 * 4 * 5 * 7 * (8 + 8), 2 * 4 * 5 * 8),
    "causal": (lambda q, k: attention(q, k, k, is_causal=True), [Q, K], 2 * 4 * 5 * 7 * (8 + 8), 2 * 4 * 5 * 8),
    "dropped": (lambda q, k: attention(q, k, k, dropout_p=0.1), [Q, K], 2 * 4 * 5 * 7 * (8 + 8), 2 * 4 * 5 * 8),
    "without batches": (attention, ["4x5x8", "4x7x8", "4x7x8"], 4 * 5 * 7 * (8 + 8), 4 * 5 * 8),
    "mapped over the batch": (torch.vmap(attention), [Q, K, K], 2 * 4 * 5 * 7 * (8 + 8), -1),
    "mapped over the heads": (
        torch.vmap(attention, in_dims=1, out_dims=1),
        [Q, K, K],
        2 * 4 * 5 * 7 * (8 + 8),
        -1,
    ),
}


@pytest.mark.parametrize(("function", "inputs", "macs", "activations"), FORMS.values(), ids=FORMS)
def test_forms_of_attention(
    function: Attend, inputs: list[str], macs: int, activations: int, backend: Backend, as_model: AsModel
) -> None:
    measurement = count(as_model(function), inputs, backend=backend)
    assert (measurement.macs, measurement.uncounted) == (macs, {})
    # In pieces, as a mapped function arrives, scores are put out too.
    assert activations in (measurement.activations, -1)


@pytest.mark.skipif(
    "enable_gqa" not in str(torch.ops.aten.scaled_dot_product_attention.default._schema),
    reason="this torch has no grouped queries",
)
def test_fewer_heads_of_keys(as_model: AsModel, backend: Backend) -> None:
    model = as_model(lambda q, k: attention(q, k, k, enable_gqa=True))
    assert count(model, [Q, "2x2x7x8"], backend=backend).macs == 2 * 4 * 5 * 7 * (8 + 8)


class Attention(nn.Module):
    def __init__(self, layer: nn.MultiheadAttention, *, weights: bool) -> None:
        super().__init__()
        self.layer = layer
        self.weights = weights

    def forward(self, *inputs: torch.Tensor) -> object:
        query, key, value = inputs * (3 // len(inputs))
        return self.layer(query, key, value, need_weights=self.weights)


# The projections of queries, keys, values and the output, and the two products of attention.
MULTI_HEAD: dict[str, tuple[nn.MultiheadAttention, list[str], int]] = {
    "the oracle's": (
        nn.MultiheadAttention(64, 4, batch_first=True),
        ["2x16x64"],
        2 * 16 * 4 * 64 * 64 + 2 * 2 * 16 * 16 * 64,
    ),
    "steps first": (
        nn.MultiheadAttention(64, 4),
        ["5x2x64", "7x2x64", "7x2x64"],
        2 * (5 + 7 + 7 + 5) * 64 * 64 + 2 * 2 * 5 * 7 * 64,
    ),
    "keys and values of other widths": (
        nn.MultiheadAttention(64, 4, kdim=24, vdim=40, batch_first=True),
        ["2x5x64", "2x7x24", "2x7x40"],
        2 * (5 * 64 + 7 * 24 + 7 * 40 + 5 * 64) * 64 + 2 * 2 * 5 * 7 * 64,
    ),
    "biases as one more key, zeros as another": (
        nn.MultiheadAttention(64, 4, add_bias_kv=True, add_zero_attn=True, batch_first=True),
        ["2x16x64"],
        2 * 16 * 4 * 64 * 64 + 2 * 2 * 16 * (16 + 2) * 64,
    ),
    "without batches": (nn.MultiheadAttention(64, 4), ["16x64"], 16 * 4 * 64 * 64 + 2 * 16 * 16 * 64),
}


@pytest.mark.parametrize("weights", [True, False])
@pytest.mark.parametrize(("layer", "inputs", "macs"), MULTI_HEAD.values(), ids=MULTI_HEAD)
def test_multi_head_attention(
    layer: nn.MultiheadAttention, inputs: list[str], macs: int, weights: bool, backend: Backend
) -> None:
    measurement = count(Attention(layer, weights=weights), inputs, backend=backend)
    assert (measurement.macs, measurement.uncounted) == (macs, {})


ENCODER = 2 * 16 * (4 * 64 * 64 + 2 * 64 * 128) + 2 * 2 * 16 * 16 * 64
# Attention to itself, to 16 steps of memory (queries of 8, keys and values of 16), and two linear layers.
DECODER = (
    2 * 8 * 4 * 64 * 64
    + 2 * 2 * 8 * 8 * 64
    + 2 * (2 * 8 + 2 * 16) * 64 * 64
    + 2 * 2 * 8 * 16 * 64
    + 2 * 8 * 2 * 64 * 128
)


@pytest.mark.parametrize("norm_first", [True, False])
def test_encoder(norm_first: bool, backend: Backend) -> None:
    layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True, norm_first=norm_first)
    assert count(layer, "2x16x64", backend=backend).macs == ENCODER
    encoder = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
    assert count(encoder, "2x16x64", backend=backend).macs == 3 * ENCODER


def test_padding_and_causality_of_an_encoder(backend: Backend) -> None:
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4, 128, batch_first=True), 2)
    kwargs = {"src_key_padding_mask": torch.zeros(2, 16, dtype=torch.bool)}
    assert count(encoder, "2x16x64", input_kwargs=kwargs, backend=backend).macs == 2 * ENCODER
    causal = {"mask": nn.Transformer.generate_square_subsequent_mask(16), "is_causal": True}
    assert count(encoder, "2x16x64", input_kwargs=causal, backend=backend).macs == 2 * ENCODER


def test_decoder(backend: Backend) -> None:
    layer = nn.TransformerDecoderLayer(64, 4, 128, batch_first=True)
    assert count(layer, ["2x8x64", "2x16x64"], backend=backend).macs == DECODER


def test_transformer(backend: Backend) -> None:
    model = nn.Transformer(64, 4, 2, 3, 128, batch_first=True)
    assert count(model, ["2x16x64", "2x8x64"], backend=backend).macs == 2 * ENCODER + 3 * DECODER


def test_mapped_layers(as_model: AsModel, backend: Backend) -> None:
    layer = nn.Linear(8, 3)

    def activated(x: torch.Tensor) -> torch.Tensor:
        return torch.relu(layer(x))

    model = as_model(torch.vmap(activated))
    model.layer = layer
    measurement = count(model, "5x2x8", backend=backend)
    assert (measurement.macs, measurement.uncounted) == (5 * 2 * 8 * 3, {})
