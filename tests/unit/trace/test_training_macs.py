"""What a step of training costs, by hand, and on shapes as executed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend

StateOf = Callable[[nn.Module], dict[str, object]]
Macs = dict[str, int]


def linear() -> nn.Module:
    return nn.Sequential(nn.Linear(16, 32, bias=False), nn.Linear(32, 8, bias=False))


def frozen() -> nn.Module:
    model = linear()
    next(model.parameters()).requires_grad_(False)
    return model


def convolution() -> nn.Module:
    first = nn.Conv2d(4, 8, 3, padding=1, bias=False)
    return nn.Sequential(first, nn.Conv2d(8, 8, 3, padding=1, groups=2, bias=False))


class Shared(nn.Module):
    """One layer, called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.layer(self.layer(x))
        return y


ROUND = 2 * 16 * 64 * 64
SCORES = 2 * 16 * 16 * 64
IN, OUT, GROUPED = 4 * 16 * 32, 4 * 32 * 8, 16 * 16 * 8 * 4 * 9

# Forward, the gradient of the weights, that of what they meet: the forward's MACs each; the first meets the input,
# which asks for none. Attention has two products of scores forward and four backward.
STEPS: dict[str, tuple[Callable[[], nn.Module], str, Macs]] = {
    "linear": (linear, "4x16", {"": 7_168, "0": 2 * IN, "1": 3 * OUT}),
    "convolution": (convolution, "1x4x16x16", {"": 368_640, "0": 2 * GROUPED, "1": 3 * GROUPED}),
    "what asks for no gradient": (frozen, "4x16", {"": IN + 2 * OUT, "0": IN, "1": 2 * OUT}),
    "a layer called twice": (Shared, "3x4", {"": 5 * 3 * 4 * 4, "layer": 5 * 3 * 4 * 4}),
    "transposed": (
        lambda: nn.ConvTranspose2d(8, 16, 3, stride=2, groups=4),
        "1x8x10x10",
        {"": 2 * 28_800},
    ),
    "lstm": (
        lambda: nn.LSTM(32, 64, num_layers=2, batch_first=True),
        "2x10x32",
        # of each layer the forward and both gradients, less what the first states and the input would be given
        {"": 3 * 1_146_880 - 2 * 10 * 4 * 32 * 64 - 2 * 2 * 2 * 4 * 64 * 64 + 2 * 2 * 4 * 64 * 64},
    ),
    "embedding": (
        lambda: nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 5)),
        "int64:2x3",
        {"": 3 * 6 * 4 * 5, "0": 0, "1": 3 * 6 * 4 * 5},
    ),
    "encoder layer": (
        lambda: nn.TransformerEncoderLayer(64, 4, 128, batch_first=True),
        "2x16x64",
        {
            # of the projection to three, the input asks for no gradient
            "": 2 * 3 * ROUND + 3 * ROUND + 3 * 2 * 2 * ROUND + 6 * SCORES,
            "self_attn": 2 * 3 * ROUND + 3 * ROUND + 6 * SCORES,
            "linear1": 3 * 2 * ROUND,
            "linear2": 3 * 2 * ROUND,
        },
    ),
}


@pytest.mark.parametrize("backend", ["shapes", "execute"])
@pytest.mark.parametrize(("build", "shape", "macs"), STEPS.values(), ids=STEPS)
def test_steps_by_hand(
    build: Callable[[], nn.Module], shape: str, macs: Macs, backend: Backend, state_of: StateOf
) -> None:
    model = build()
    before = state_of(model)
    measurement = count(model, shape, mode="training", backend=backend)
    found = {path: cost.macs for path, cost in measurement.by_module().items()}
    assert {path: found[path] for path in macs} == macs
    assert (measurement.mode, measurement.uncounted, measurement.notes) == ("training", {}, ())
    assert measurement.traced == ("shapes" if backend == "shapes" else "executed")
    assert state_of(model) == before


LAYERS: dict[str, tuple[Callable[[], nn.Module], object]] = {
    "convolution and norm": (
        lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 4, 1)),
        "2x3x10x10",
    ),
    "depthwise": (lambda: nn.Sequential(nn.Conv2d(3, 3, 3, groups=3), nn.Conv2d(3, 8, 1), nn.Hardswish()), "1x3x9x9"),
    "upsampling": (lambda: nn.Sequential(nn.Conv2d(3, 4, 1), nn.Upsample(scale_factor=2, mode="bilinear")), "1x3x5x5"),
    "mish": (lambda: nn.Sequential(nn.Linear(4, 5), nn.Mish(), nn.Linear(5, 4)), "2x4"),
    "dropout": (lambda: nn.Sequential(nn.Linear(4, 5), nn.Dropout(), nn.Linear(5, 4)), "2x4"),
    "norms": (lambda: nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.GroupNorm(2, 8), nn.Softmax(-1)), "2x4"),
    "bilinear": (lambda: nn.Bilinear(20, 30, 40), ("128x20", "128x30")),
    "rnn": (lambda: nn.RNN(4, 8, 2, bidirectional=True, dropout=0.5), "5x2x4"),
    "gru": (lambda: nn.GRU(32, 64, batch_first=True), "2x10x32"),
    "lstm": (lambda: nn.LSTM(32, 64, 2, batch_first=True), "2x10x32"),
    "lstm cell": (lambda: nn.LSTMCell(4, 8), "2x4"),
    "transformer": (lambda: nn.Transformer(8, 2, 1, 1, 16, batch_first=True), ("2x5x8", "2x4x8")),
    "spectral norm": (lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(4, 5)), "2x4"),
    "complex": (lambda: nn.Linear(4, 5, dtype=torch.complex64), "2x4"),
    "half precision": (lambda: nn.Linear(4, 5).half(), "2x4"),
}


@pytest.mark.parametrize(("build", "inputs"), LAYERS.values(), ids=LAYERS)
def test_both_ways_agree(build: Callable[[], nn.Module], inputs: object, state_of: StateOf) -> None:
    model = build()
    before = state_of(model)
    on_shapes, executed = (count(model, inputs, mode="training", backend=each) for each in ("shapes", "execute"))
    assert on_shapes.macs == executed.macs
    assert on_shapes.activations == executed.activations
    assert on_shapes.by_phase() == executed.by_phase()
    assert on_shapes.by_module() == executed.by_module()
    assert on_shapes.total_flops == executed.total_flops > 2 * on_shapes.macs
    assert on_shapes.uncounted == executed.uncounted == {}
    assert state_of(model) == before


def test_activations_are_those_of_the_forward() -> None:
    inference, training = (count(linear(), "4x16", mode=mode).activations for mode in ("inference", "training"))
    assert inference == training == 4 * (32 + 8)


# name: the model, its input, MACs, other FLOPs forward and backward. A bias's gradient is a sum over what it met.
TOTALS: dict[str, tuple[Callable[[], nn.Module], str, int, int, int]] = {
    "two layers": (
        lambda: nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 8)),
        "4x16",
        2 * IN + 3 * OUT,
        4 * 32 + 4 * 32 + 4 * 8,
        3 * 8 + 4 * 32 + 3 * 32,
    ),
    "a layer called twice": (
        # the gradients of both calls are added up
        Shared,
        "3x4",
        5 * 3 * 4 * 4,
        2 * 3 * 4,
        2 * 2 * 4 + 4 * 4 + 4,
    ),
    "dropout": (
        # forward a draw that is compared, divided by what is kept, and multiplied; backward multiplied
        lambda: nn.Sequential(nn.Linear(4, 5), nn.Dropout(), nn.Linear(5, 4)),
        "2x4",
        2 * 40 + 3 * 40,
        2 * 5 + 3 * 2 * 5 + 2 * 4,
        1 * 4 + 2 * 5 + 1 * 5,
    ),
    "convolution": (
        lambda: nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.ReLU(), nn.Conv2d(8, 4, 1)),
        "2x3x10x10",
        2 * 2 * 64 * 8 * 3 * 9 + 3 * 2 * 64 * 4 * 8,
        2 * 64 * 8 + 2 * 64 * 4,
        4 * (2 * 64 - 1) + 2 * 64 * 8,
    ),
}


@pytest.mark.parametrize("backend", ["shapes", "execute"])
@pytest.mark.parametrize(("build", "shape", "macs", "forward", "backward"), TOTALS.values(), ids=TOTALS)
def test_every_operation_by_hand(
    build: Callable[[], nn.Module], shape: str, macs: int, forward: int, backward: int, backend: Backend
) -> None:
    measurement = count(build(), shape, mode="training", backend=backend)
    others = {phase: cost.other_flops for phase, cost in measurement.by_phase().items()}
    assert (measurement.macs, others) == (macs, {"forward": forward, "backward": backward})
    assert measurement.total_flops == 2 * macs + forward + backward
