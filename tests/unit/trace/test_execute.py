"""Executing a model: the same counts as on shapes, and nothing of the model's changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend
from pytest_flopbudget.errors import MeasureError

StateOf = Callable[[nn.Module], dict[str, object]]
AsModel = Callable[[Callable[..., object]], nn.Module]


class Writer(nn.Module):
    """Writes to all that it has: a parameter, buffers, an attribute, its input."""

    mean: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.norm = nn.BatchNorm1d(4)
        self.register_buffer("mean", torch.zeros(4))
        self.last: torch.Tensor | None = None
        self.steps = [0]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.layer.weight.data.mul_(2)
        self.layer.weight.data = self.layer.weight.data + 1
        self.mean.copy_(x.mean(0))
        self.mean = self.mean + 1
        x.add_(1)
        self.norm.train()
        self.last = self.norm(self.layer(x))
        self.steps[0] += 1
        self.extra = 3
        self.layer.register_forward_hook(lambda *_: None)
        torch.manual_seed(int(torch.randint(9, ())))
        return self.last


@pytest.mark.parametrize("backend", ["shapes", "execute"])
def test_the_model_is_the_same_afterwards(backend: Backend, state_of: StateOf) -> None:
    model = Writer()
    model(torch.ones(2, 4)).sum().backward()
    x = torch.arange(8.0).reshape(2, 4)
    before, kept = state_of(model), x.clone()
    assert count(model, x, backend=backend).macs == 2 * 4 * 4
    assert state_of(model) == before
    assert torch.equal(x, kept)
    if backend == "execute":
        model.steps.append(1)
        with pytest.raises(MeasureError):
            count(model, "2x5", backend=backend)
        model.steps.pop()
        assert state_of(model) == before


@pytest.mark.parametrize("backend", ["shapes", "execute"])
def test_a_training_step_works_afterwards(backend: Backend) -> None:
    cache: list[torch.Tensor] = []

    class Caching(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if not cache:
                cache.append(torch.ones(4, 4))
            return super().forward(x @ cache[0])

    model = Caching(4, 4)
    count(model, "2x4", backend=backend)
    with torch.inference_mode():
        count(model, "2x4", backend=backend)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    before = model.weight.detach().clone()
    model(torch.ones(2, 4)).sum().backward()
    optimizer.step()
    assert not torch.equal(model.weight, before)


def test_memory_shared_between_buffers_and_parameters_stays_shared() -> None:
    seen = []

    class Sharing(nn.Linear):
        row: torch.Tensor

        def __init__(self) -> None:
            super().__init__(4, 4)
            self.register_buffer("row", self.weight.data[0])
            self.rows = [self.weight.data[1]]

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.weight.data.zero_()
            seen.append((float(self.row.abs().sum()), float(self.rows[0].abs().sum())))
            return super().forward(x)

    model = Sharing()
    before = model.weight.detach().clone()
    count(model, "2x4", backend="execute")
    assert seen == [(0.0, 0.0)]
    assert torch.equal(model.weight, before)
    assert model.row.data_ptr() == model.weight.data_ptr()


def test_inputs_that_are_given_keep_their_values() -> None:
    seen: list[torch.Tensor] = []

    class Watching(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 4).double()

        def forward(self, x: torch.Tensor, ids: torch.Tensor, *, repeat: int = 1) -> torch.Tensor:
            seen.extend((x, ids))
            for _ in range(repeat):
                x = self.layer(x)
            return x

    x, ids = torch.randn(2, 4, dtype=torch.float64), torch.tensor([3, 1])
    measurement = count(Watching(), [x, ids], input_kwargs={"repeat": 3}, backend="execute")
    assert measurement.macs == 3 * 2 * 4 * 4
    assert torch.equal(seen[0], x)
    assert torch.equal(seen[1], ids)
    assert seen[0] is not x


# Layers and functions whose shapes and strides could make the two ways differ.
LAYERS: dict[str, tuple[nn.Module, object, int, int]] = {
    "convolution": (nn.Conv2d(3, 8, 3, padding=1), "2x3x6x6", 2 * 6 * 6 * 8 * 3 * 9, 2 * 8 * 6 * 6),
    "transposed": (nn.ConvTranspose2d(8, 16, 3, stride=2, groups=4), "1x8x10x10", 28_800, 16 * 21 * 21),
    "lstm": (nn.LSTM(32, 64, 2, batch_first=True), "2x10x32", 1_146_880, 2 * 10 * 64 + 2 * 2 * 2 * 64),
    "gru": (nn.GRU(32, 64, batch_first=True), "2x10x32", 368_640, 2 * 10 * 64 + 2 * 64),
    "rnn": (nn.RNN(4, 8, bidirectional=True), "5x2x4", 5 * 2 * 2 * (4 * 8 + 8 * 8), 5 * 2 * 16 + 2 * 2 * 8),
    "lstm with a projection": (
        nn.LSTM(4, 8, proj_size=3),
        "5x2x4",
        5 * 2 * (4 * 8 * 4 + 4 * 8 * 3 + 8 * 3),
        5 * 2 * 3 + 2 * 3 + 2 * 8,
    ),
    "lstm cell": (nn.LSTMCell(4, 8), "2x4", 2 * 4 * 8 * (4 + 8), 2 * (2 * 8)),
    "encoder layer": (
        nn.TransformerEncoderLayer(64, 4, 128, batch_first=True),
        "2x16x64",
        1_114_112,
        # the projection to three, attention, the projection out, and the two of the network
        2 * 16 * (3 * 64 + 64 + 64 + 128 + 64),
    ),
    "bilinear": (nn.Bilinear(20, 30, 40), ("128x20", "128x30"), 128 * 40 * 20 * 30, 128 * 40),
    "embedding bag and linear": (
        nn.Sequential(nn.EmbeddingBag(10, 4), nn.Linear(4, 2)),
        "int64:3x5",
        3 * 4 * 2,
        3 * 2,
    ),
}


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported:UserWarning")
@pytest.mark.parametrize("backend", ["shapes", "execute"])
@pytest.mark.parametrize(("model", "inputs", "macs", "activations"), LAYERS.values(), ids=LAYERS)
def test_both_ways_agree(
    model: nn.Module, inputs: object, macs: int, activations: int, backend: Backend, state_of: StateOf
) -> None:
    before = state_of(model)
    measurement = count(model, inputs, backend=backend)
    assert (measurement.macs, measurement.activations, measurement.uncounted) == (macs, activations, {})
    assert state_of(model) == before


@pytest.mark.parametrize("backend", ["shapes", "execute"])
def test_multi_head_attention(as_model: AsModel, backend: Backend) -> None:
    attention = nn.MultiheadAttention(64, 4, batch_first=True)

    def forward(x: torch.Tensor) -> object:
        return attention(x, x, x, need_weights=False)

    model = as_model(forward)
    model.attention = attention
    measurement = count(model, "2x16x64", backend=backend)
    assert measurement.macs == 2 * 16 * 4 * 64 * 64 + 2 * 2 * 16 * 16 * 64
    # the projection to three, attention, and the projection out
    assert measurement.activations == 2 * 16 * (3 * 64 + 64 + 64)


def energy_of(layer: nn.Linear, x: torch.Tensor) -> torch.Tensor:
    return layer.forward(x).pow(2).sum()


def force(layer: nn.Linear, x: torch.Tensor) -> object:
    x = x.requires_grad_()
    return torch.autograd.grad(energy_of(layer, x), x)


def force_by_enabling(layer: nn.Linear, x: torch.Tensor) -> object:
    with torch.enable_grad():
        return force(layer, x)


def force_by_backward(layer: nn.Linear, x: torch.Tensor) -> object:
    x = x.requires_grad_()
    energy_of(layer, x).backward()
    return x.grad


def force_by_function(layer: nn.Linear, x: torch.Tensor) -> object:
    return torch.func.grad(lambda y: energy_of(layer, y))(x)


def jacobian(layer: nn.Linear, x: torch.Tensor) -> object:
    return torch.autograd.functional.jacobian(lambda y: energy_of(layer, y), x)


# One layer of 4 × 4 on 8 rows. The gradient of the input costs as much as the forward, that of the weight too;
# only a backward asks for the weight's.
DIFFERENTIATING = {
    "grad": (force, 2),
    "enable_grad": (force_by_enabling, 2),
    "backward": (force_by_backward, 3),
    "torch.func.grad": (force_by_function, 2),
    "jacobian": (jacobian, 2),
}


@pytest.mark.parametrize("backend", ["shapes", "execute"])
@pytest.mark.parametrize(("forward", "times"), DIFFERENTIATING.values(), ids=DIFFERENTIATING)
def test_a_forward_that_differentiates(
    as_model: AsModel, forward: Callable[..., object], times: int, backend: Backend, state_of: StateOf
) -> None:
    layer = nn.Linear(4, 4)
    layer(torch.ones(1, 4)).sum().backward()
    model = as_model(lambda x: forward(layer, x))
    model.layer = layer
    before = state_of(model)
    measurement = count(model, "8x4", backend=backend)
    assert (measurement.macs, measurement.uncounted) == (times * 8 * 4 * 4, {})
    assert measurement.notes == ("the forward asks for gradients, so it was traced with them",)
    assert not measurement.data_dependent
    assert state_of(model) == before


LAYERS_DIFFERENTIATED: dict[str, tuple[nn.Module, str, int]] = {
    # Forward; then the gradients of the gates meet the weights of the input at 3 steps, and of the state at 2.
    "lstm": (nn.LSTM(8, 8), "3x4x8", 3 * 4 * 32 * 16 + 3 * 4 * 32 * 8 + 2 * 4 * 32 * 8),
    "gru": (nn.GRU(8, 8), "3x4x8", 3 * 4 * 24 * 16 + 3 * 4 * 24 * 8 + 2 * 4 * 24 * 8),
    "convolution": (nn.Conv2d(4, 8, 3, groups=2), "1x4x6x6", 2 * 4 * 4 * 8 * 2 * 9),
}


@pytest.mark.parametrize("backend", ["shapes", "execute"])
@pytest.mark.parametrize(("layer", "shape", "macs"), LAYERS_DIFFERENTIATED.values(), ids=LAYERS_DIFFERENTIATED)
def test_both_ways_agree_on_gradients(
    as_model: AsModel, layer: nn.Module, shape: str, macs: int, backend: Backend
) -> None:
    def forward(x: torch.Tensor) -> object:
        x = x.requires_grad_()
        out = layer(x)
        return torch.autograd.grad((out[0] if isinstance(out, tuple) else out).sum(), x)

    model = as_model(forward)
    model.layer = layer
    measurement = count(model, shape, backend=backend)
    assert (measurement.macs, measurement.uncounted) == (macs, {})
    assert measurement.traced == ("shapes" if backend == "shapes" else "executed")


@pytest.mark.parametrize("backend", ["shapes", "execute"])
def test_both_ways_agree_on_gradients_of_attention(as_model: AsModel, backend: Backend) -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16)
    model = as_model(lambda x: torch.autograd.grad(layer(x.requires_grad_()).sum(), x))
    model.layer = layer
    measurement = count(model, "3x4x8", backend=backend)
    # The gradient of the input costs as much as the forward, and each product of attention has two operands.
    linear, attention = 3 * 4 * (4 * 8 * 8 + 2 * 8 * 16), 2 * 4 * 3 * 3 * 8
    assert (measurement.macs, measurement.uncounted) == (2 * linear + 3 * attention, {})


@pytest.mark.parametrize("backend", ["shapes", "execute"])
@pytest.mark.parametrize("mode", [True, False])
def test_an_inference_mode_of_the_models_own_changes_no_count(as_model: AsModel, mode: bool, backend: Backend) -> None:
    attention = nn.functional.scaled_dot_product_attention
    model = as_model(torch.inference_mode(mode)(lambda x: attention(x, x, x)))
    measurement = count(model, "2x4x16x32", backend=backend)
    assert (measurement.macs, measurement.activations) == (2 * 2 * 4 * 16 * 16 * 32, 2 * 4 * 16 * 32)
