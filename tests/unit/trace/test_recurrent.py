"""Recurrent layers in pieces: what they compute is what torch computes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import product

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from pytest_flopbudget.trace.recurrent import in_pieces

KINDS: dict[str, tuple[Callable[..., nn.Module], dict[str, object]]] = {
    "tanh": (nn.RNN, {}),
    "relu": (nn.RNN, {"nonlinearity": "relu"}),
    "gru": (nn.GRU, {}),
    "lstm": (nn.LSTM, {}),
    "projected lstm": (nn.LSTM, {"proj_size": 3}),
}
FLAGS = list(product((1, 2), (False, True), (False, True), (False, True), (False, True)))


def tensors(value: object) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from tensors(each)


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported:UserWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_torchs_own_results(kind: str) -> None:
    layer, options = KINDS[kind]
    torch.manual_seed(0)
    for layers, bidirectional, batch_first, bias, packed in FLAGS:
        flags = {"bidirectional": bidirectional, "batch_first": batch_first, "bias": bias}
        model = layer(4, 5, layers, **flags, **options)
        plain = torch.randn((3, 6, 4) if batch_first else (6, 3, 4))
        lengths = torch.tensor([6, 4, 1])
        x = pack_padded_sequence(plain, lengths, batch_first=batch_first) if packed else plain
        expected = list(tensors(model(x)))
        with in_pieces():
            found = list(tensors(model(x)))
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            torch.testing.assert_close(one, other)


def test_an_initial_state_and_no_batch() -> None:
    model, x, state = nn.GRU(4, 5), torch.randn(6, 4), torch.randn(1, 5)
    expected = model(x, state)
    with in_pieces():
        found = model(x, state)
    torch.testing.assert_close(found, expected)


def test_dropout_between_layers_is_for_training_alone() -> None:
    model, x = nn.LSTM(4, 5, 3, dropout=1.0), torch.randn(6, 2, 4)
    expected = model.eval()(x)
    with in_pieces():
        torch.testing.assert_close(model(x), expected)
        dropped, (_, cells) = model.train()(x)
    # Nothing reaches the last layer but its biases.
    torch.testing.assert_close(dropped[:, 0], dropped[:, 1])
    assert not torch.allclose(cells[-1], expected[1][1][-1])


def test_other_threads_and_later_calls_meet_torchs_own() -> None:
    model, x, seen = nn.RNN(4, 5), torch.randn(6, 2, 4), []

    def operators() -> None:
        with torch.profiler.profile() as profile:
            model(x)
        seen.append(any(event.key == "aten::rnn_tanh" for event in profile.key_averages()))

    with in_pieces():
        operators()
        thread = threading.Thread(target=operators)
        thread.start()
        thread.join()
    operators()
    assert seen == [False, True, True]
