"""Packed sequences: their lengths are known, their steps are not, and only real steps are counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence, pad_packed_sequence

from pytest_flopbudget.api import count
from pytest_flopbudget.counting.measurement import Backend
from pytest_flopbudget.errors import MeasureError

AsModel = Callable[[Callable[..., object]], nn.Module]
both_ways = pytest.mark.parametrize("backend", ["shapes", "execute"])


class Tagger(nn.Module):
    """Packs, runs a recurrent layer, pads, and looks at every step."""

    def __init__(self, layer: nn.RNNBase, lengths: torch.Tensor | list[int], *, enforce_sorted: bool = True) -> None:
        super().__init__()
        self.layer = layer
        self.lengths = lengths
        self.enforce_sorted = enforce_sorted
        self.head = nn.Linear(16 * (1 + layer.bidirectional), 3)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        first = self.layer.batch_first
        packed = pack_padded_sequence(x, self.lengths, batch_first=first, enforce_sorted=self.enforce_sorted)
        steps, lengths = pad_packed_sequence(self.layer(packed)[0], batch_first=first)
        return self.head(steps), lengths


# Real steps times the gates' products, and every padded step times the head's.
STEPS = 7 + 3
HEAD = 2 * 7 * 16 * 3
LAYERS: dict[str, tuple[nn.RNNBase, str, int]] = {
    "LSTM": (nn.LSTM(8, 16, batch_first=True), "2x7x8", STEPS * 4 * 16 * (8 + 16) + HEAD),
    "steps first": (nn.LSTM(8, 16), "7x2x8", STEPS * 4 * 16 * (8 + 16) + HEAD),
    "two layers, both directions": (
        nn.LSTM(8, 16, 2, batch_first=True, bidirectional=True),
        "2x7x8",
        STEPS * 2 * 4 * 16 * ((8 + 16) + (32 + 16)) + 2 * HEAD,
    ),
    "GRU": (nn.GRU(8, 16, batch_first=True), "2x7x8", STEPS * 3 * 16 * (8 + 16) + HEAD),
    "RNN": (nn.RNN(8, 16, batch_first=True), "2x7x8", STEPS * 16 * (8 + 16) + HEAD),
}


@both_ways
@pytest.mark.parametrize(("layer", "input", "macs"), LAYERS.values(), ids=LAYERS)
def test_real_steps_are_counted(layer: nn.RNNBase, input: str, macs: int, backend: Backend) -> None:
    measurement = count(Tagger(layer, torch.tensor([7, 3])), input, backend=backend)
    assert (measurement.macs, measurement.uncounted) == (macs, {})


@both_ways
@pytest.mark.parametrize("lengths", [[3, 7], torch.tensor([3, 7])], ids=["list", "tensor"])
def test_lengths_in_any_order(lengths: torch.Tensor | list[int], backend: Backend) -> None:
    model = Tagger(nn.LSTM(8, 16, batch_first=True), lengths, enforce_sorted=False)
    assert count(model, "2x7x8", backend=backend).macs == STEPS * 4 * 16 * (8 + 16) + HEAD


@both_ways
def test_lengths_that_come_in(as_model: AsModel, backend: Backend) -> None:
    layer = nn.GRU(8, 16)
    model = as_model(lambda x, lengths: layer(pack_padded_sequence(x, lengths.cpu(), enforce_sorted=False))[0])
    model.layer = layer
    measurement = count(model, ["7x3x8", torch.tensor([5, 2, 6])], backend=backend)
    assert measurement.macs == (5 + 2 + 6) * 3 * 16 * (8 + 16)


@both_ways
def test_a_list_of_sequences(as_model: AsModel, backend: Backend) -> None:
    layer = nn.LSTM(8, 16)
    model = as_model(lambda *inputs: layer(pack_sequence(list(inputs), enforce_sorted=False))[1])
    model.layer = layer
    measurement = count(model, ["4x8", "2x8", "5x8"], backend=backend)
    assert (measurement.macs, measurement.uncounted) == ((4 + 2 + 5) * 4 * 16 * (8 + 16), {})


def test_the_steps_lie_as_the_kernels_lay_them(as_model: AsModel) -> None:
    layouts: list[object] = []
    lengths: list[tuple[list[int], list[int]]] = []

    def looking(x: torch.Tensor) -> torch.Tensor:
        for first in (True, False):
            packed = pack_padded_sequence(x.reshape(2, 7, 2, 4) if first else x.reshape(7, 2, 8), [7, 3], first)
            steps, told = pad_packed_sequence(packed, first, total_length=9)
            layouts.append([(tuple(each.shape), each.stride(), each.dtype) for each in (packed.data, steps)])
            lengths.append((packed.batch_sizes.tolist(), told.tolist()))
        return x @ x.t()

    model = as_model(looking)
    count(model, "14x8", backend="shapes")
    model(torch.ones(14, 8))
    assert layouts[:2] == layouts[2:]
    assert lengths == [([2, 2, 2, 1, 1, 1, 1], [7, 3])] * 4


UNSORTED = (
    "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
    "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not "
    "need ONNX exportability."
)


@pytest.mark.parametrize(
    ("lengths", "said"),
    [
        ([3, 7], UNSORTED),
        ([7], "Expected `len(lengths)` to be equal to batch_size, but got 1 (batch_size=2)"),
        (
            [7, 0],
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0",
        ),
    ],
)
def test_the_kernel_itself_refuses_lengths(lengths: list[int], said: str) -> None:
    model = Tagger(nn.LSTM(8, 16, batch_first=True), lengths)
    with pytest.raises(MeasureError) as refused:
        count(model, "2x7x8", backend="shapes")
    assert refused.value.headline == f"cannot run at 2x7x8: Tagger: {said}"


@pytest.mark.parametrize("backend", ["shapes", "auto"])
def test_lengths_that_depend_on_data(as_model: AsModel, backend: Backend) -> None:
    layer = nn.LSTM(8, 16, batch_first=True)

    def forward(x: torch.Tensor) -> PackedSequence:
        lengths = (x[:, :, 0] < 9).sum(1)
        out: PackedSequence = layer(pack_padded_sequence(x, lengths, batch_first=True))[0]
        return out

    model = as_model(forward)
    model.layer = layer
    if backend == "auto":
        measurement = count(model, "2x7x8")
        assert (measurement.macs, measurement.traced) == (2 * 7 * 4 * 16 * (8 + 16), "executed")
        assert measurement.data_dependent
        return
    with pytest.raises(MeasureError) as refused:
        count(model, "2x7x8", backend=backend)
    assert refused.value.headline == (
        "cannot be counted on shapes: aten::_pack_padded_sequence in Function reads values that depend on data"
    )
