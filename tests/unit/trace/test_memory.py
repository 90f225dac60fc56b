"""What a trace tells of memory: the same on shapes and executed, whoever holds a tensor, whatever is collected when."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.measurement import Backend
from pytest_flopbudget.counting.memory.plan import Plan
from pytest_flopbudget.counting.memory.planning import peak_activation_bytes, plan
from pytest_flopbudget.counting.memory.traffic import io_bytes, traffic_bytes
from pytest_flopbudget.counting.memory.weights import weight_bytes
from pytest_flopbudget.errors import FlopBudgetError

AsModel = Callable[[Callable[..., object]], nn.Module]
FUSED = Deployment(fusion="conv-bn-act", planner="tflm-greedy")


class Cached(nn.Module):
    """Keeps what came in, the latest last, and attends to it."""

    def __init__(self) -> None:
        super().__init__()
        self.project = nn.Linear(8, 8, bias=False)
        self.register_buffer("kept", torch.zeros(16, 8))
        self.kept: Tensor

    def forward(self, x: Tensor) -> Tensor:
        self.kept.copy_(torch.cat([self.kept[1:], self.project(x)]))
        return x @ self.kept.T


class Streaming(nn.Module):
    """Keeps the end of what came in for the next call, each time in another tensor."""

    def __init__(self, held: str) -> None:
        super().__init__()
        self.conv = nn.Conv1d(8, 8, 3, bias=False)
        self.past: Tensor
        if held == "attribute":
            self.past = torch.zeros(1, 8, 2)
        else:
            self.register_buffer("past", torch.zeros(1, 8, 2), persistent=held == "buffer")
        self.seen = torch.zeros(1, 8, 8)

    def forward(self, x: Tensor) -> Tensor:
        joined = torch.cat([self.past, x], 2)
        self.past = joined[:, :, -2:].clone()
        out: Tensor = self.conv(joined)
        # Nothing reads it.
        self.seen = out * 2
        return out


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(100, 8)
        self.head = nn.Linear(8, 100)
        self.head.weight = self.table.weight

    def forward(self, ids: Tensor) -> Tensor:
        scores: Tensor = self.head(self.table(ids))
        return scores


class Filled(nn.Module):
    """Fills a tensor of zeros slice by slice, beside constants that nobody computes on a device."""

    def forward(self, x: Tensor) -> Tensor:
        out = torch.zeros(4, *x.shape)
        scale = torch.arange(x.shape[-1]).float().softmax(0)
        for at in range(4):
            out[at] = x * scale
        return out


class Rows(nn.Module):
    """A layer whose output's channels are put last, for what follows as a view or in a copy."""

    def __init__(self, layer: nn.Module, channels: int) -> None:
        super().__init__()
        self.layer = layer
        self.linear = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        rows: Tensor = self.linear(self.layer(x).flatten(2).transpose(1, 2).contiguous())
        return rows


def channels_last() -> nn.Module:
    layer = nn.Conv2d(3, 8, 3)
    layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)
    return Rows(layer, 8)


class NormedSteps(nn.Module):
    """Norms steps whose channels come last, and puts them there again, which takes a copy."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = Rows(nn.BatchNorm1d(8), 8)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.rows(x.transpose(1, 2))
        return out


def pooled() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1))


MODELS: dict[str, tuple[Callable[[], nn.Module], object]] = {
    "pooling": (pooled, "1x3x32x32"),
    "cache": (Cached, "1x8"),
    "channels last": (channels_last, "1x3x8x8"),
    "normed steps": (NormedSteps, "2x3x8"),
    "tied": (Tied, {"ids": torch.zeros(1, 5, dtype=torch.int64)}),
    "filled": (Filled, "2x8"),
    "lstm": (lambda: nn.LSTM(8, 16, 2, bidirectional=True), "5x2x8"),
    "gru": (lambda: nn.GRU(8, 16, batch_first=True), "2x5x8"),
    "attention": (lambda: nn.MultiheadAttention(16, 4, batch_first=True), ["1x6x16"] * 3),
    "encoder": (lambda: nn.TransformerEncoderLayer(16, 4, 32), "6x1x16"),
    "layer norm": (lambda: nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8), nn.GELU(), nn.Dropout()), "3x8"),
    "shuffle": (lambda: nn.Sequential(nn.Conv2d(8, 8, 1), nn.ChannelShuffle(2), nn.PixelShuffle(2)), "1x8x4x4"),
    "upsampling": (lambda: nn.Sequential(nn.Upsample(scale_factor=2), nn.ConvTranspose2d(4, 4, 2, 2)), "1x4x8x8"),
    "normalisation": (lambda: nn.Sequential(nn.GroupNorm(2, 4), nn.InstanceNorm2d(4), nn.SiLU(True)), "1x4x8x8"),
}


@pytest.mark.parametrize(("build", "inputs"), MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("deployment", [AS_IT_IS, FUSED], ids=["as it is", "fused"])
def test_shapes_and_execution_agree(build: Callable[[], nn.Module], inputs: object, deployment: Deployment) -> None:
    model = build()
    on_shapes, executed = count(model, inputs, backend="shapes"), count(model, inputs, backend="execute")
    assert plan(on_shapes, deployment) == plan(executed, deployment)
    assert weight_bytes(on_shapes, deployment) == weight_bytes(executed, deployment)
    assert traffic_bytes(on_shapes, deployment) == traffic_bytes(executed, deployment)
    assert io_bytes(on_shapes, deployment) == io_bytes(executed, deployment)


def planned(model: nn.Module, inputs: object, deployment: Deployment = AS_IT_IS) -> Plan:
    return plan(count(model, inputs), deployment)


def test_a_pooling_has_no_indices() -> None:
    # Convolution, norm and ReLU give 8x16x16, of which the norm needs two; the pooling gives 8x8x8.
    assert planned(pooled(), "1x3x24x32").peak_bytes == 4 * max(3 * 24 * 32 + 8 * 12 * 16, 2 * 8 * 12 * 16)
    assert [buffer.bytes for buffer in planned(pooled(), "1x3x24x32").alive(3)] == [4 * 8 * 12 * 16, 4 * 8 * 6 * 8]
    indices = nn.MaxPool2d(2, return_indices=True)
    # Asked for, they are outputs: 8 bytes each.
    assert planned(indices, "1x4x8x8").peak_bytes == 4 * (4 * 8 * 8 + 4 * 4 * 4) + 8 * 4 * 4 * 4


def test_a_cache_is_state_and_no_activation() -> None:
    measurement = count(Cached(), "1x8")
    found = plan(measurement, AS_IT_IS)
    assert found.state == (("kept", 4 * 16 * 8),)
    # The input, its projection, and both joined.
    assert found.peak_bytes == 4 * (8 + 8 + 16 * 8)
    assert weight_bytes(measurement, AS_IT_IS) == 4 * 8 * 8


def test_a_storage_is_a_weight_once() -> None:
    assert weight_bytes(count(Tied(), {"ids": torch.zeros(1, 5, dtype=torch.int64)}), AS_IT_IS) == 4 * (100 * 8 + 100)


def test_zeros_are_an_activation_once_they_are_written_to() -> None:
    found = planned(Filled(), "2x8")
    # A product that goes into them at the second of eight steps; what they are scaled by is a constant.
    assert [(buffer.operator, buffer.bytes, buffer.start) for buffer in found.buffers][:3] == [
        ("", 4 * 16, 0),
        ("aten::mul", 4 * 16, 0),
        ("aten::copy_", 4 * 4 * 16, 1),
    ]
    assert found.peak_bytes == 4 * (16 + 16 + 4 * 16)


def test_a_module_of_its_own_formula_is_one_step() -> None:
    # The layer's input, its output; final states are read by nobody.
    assert [step.operator for step in planned(nn.LSTM(8, 16), "5x2x8").steps] == ["aten::lstm"]
    first = nn.Sequential(nn.LSTM(8, 16))
    assert planned(first, "5x2x8").peak_bytes == 4 * (5 * 2 * 8 + 5 * 2 * 16 + 2 * 2 * 16)


def test_attention_keeps_no_scores(as_model: AsModel) -> None:
    model = as_model(lambda q: nn.functional.scaled_dot_product_attention(q, q, q))
    assert planned(model, "1x2x64x8").peak_bytes == 2 * 4 * 2 * 64 * 8


def test_a_sparse_tensor_is_a_buffer_of_its_own(as_model: AsModel) -> None:
    model = as_model(lambda x: (x * 2).to_sparse().to_dense() * 4)
    found = plan(count(model, "8x8", backend="execute"), AS_IT_IS)
    steps = [(buffer.start, buffer.end) for buffer in found.buffers]
    # Each lives from the step that makes it to the next one; their bytes are those of dense ones.
    assert steps == [(0, 0), *((at, min(at + 1, len(steps) - 2)) for at in range(len(steps) - 1))]
    assert {buffer.bytes for buffer in found.buffers} == {4 * 64}


def test_random_numbers_are_no_constants(as_model: AsModel) -> None:
    noisy = as_model(lambda x: x + torch.randn(100, 8))
    assert planned(noisy, "1x8").peak_bytes == 4 * (8 + 800 + 800)
    constant = as_model(lambda x: x + torch.ones(100, 8))
    assert planned(constant, "1x8").peak_bytes == 4 * (8 + 800)
    alike = as_model(lambda x: x + torch.zeros_like(x))
    assert planned(alike, "1x8").peak_bytes == 4 * (8 + 8)


def test_views_keep_a_tensor_and_take_nothing(as_model: AsModel) -> None:
    model = as_model(lambda x: (x * 2).reshape(4, 2).T[:1].expand(5, 4) + 1)
    # A product of eight, which a view of is read by the sum of 5x4.
    assert planned(model, "8").peak_bytes == 4 * (8 + 20)


@pytest.mark.parametrize("backend", ["shapes", "execute"])
def test_who_holds_a_tensor_changes_nothing(backend: Backend) -> None:
    held: list[object] = []

    class Net(nn.Module):
        def __init__(self, holds: bool, collects: bool) -> None:
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(32, 32) for _ in range(6))
            self.holds, self.collects = holds, collects

        def forward(self, x: Tensor) -> Tensor:
            for layer in self.layers:
                x = layer(x).relu()
                cycle: list[object] = [x.shape]
                cycle.append(cycle)
                if self.holds:
                    held.append(x.shape)
                    self.last = x
                if self.collects:
                    gc.collect()
            return x

    def told(*, holds: bool, collects: bool) -> Plan:
        return plan(count(Net(holds, collects), "4x32", backend=backend), FUSED)

    gc.disable()
    try:
        plain = told(holds=False, collects=False)
    finally:
        gc.enable()
    assert plain == told(holds=True, collects=False) == told(holds=False, collects=True)
    assert plain.peak_bytes == 2 * 4 * 4 * 32


def test_an_executed_trace_keeps_no_activation_alive() -> None:
    alive: list[int] = []

    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            for _ in range(20):
                x = x * 1.5
                storages = {
                    each.untyped_storage().data_ptr()
                    for each in gc.get_objects()
                    if type(each) is Tensor and each.shape == (3, 1000)
                }
                alive.append(len(storages))
            return x

    count(Net(), "3x1000", backend="execute")
    assert max(alive) <= 4


def test_training_and_thop_tell_no_memory() -> None:
    model = nn.Linear(8, 8)
    with pytest.raises(FlopBudgetError, match=r"^the memory of a step of training is not told: count the forward$"):
        peak_activation_bytes(count(model, "1x8", mode="training"), AS_IT_IS)
    with pytest.raises(FlopBudgetError, match=r"^thop knows macs and params only$"):
        peak_activation_bytes(count(model, "1x8", backend="thop"), AS_IT_IS)


@pytest.mark.parametrize("held", ["buffer", "temporary", "attribute"])
@pytest.mark.parametrize("backend", ["shapes", "execute"])
def test_what_a_module_holds_anew_is_kept_between_calls(held: str, backend: Backend) -> None:
    measurement = count(Streaming(held).eval(), "1x8x10", backend=backend)
    planned = plan(measurement, Deployment(activation_dtype="int8"))
    assert planned.state == (("past", 8 * 2),)
    assert [(each.operator, each.bytes, each.start, each.end) for each in planned.buffers] == [
        ("", 8 * 10, 0, 0),
        ("aten::cat", 8 * 12, 0, 2),
        # The copy is read by the next call alone.
        ("aten::clone", 8 * 2, 1, 3),
        ("aten::conv1d", 8 * 10, 2, 3),
        ("aten::mul", 8 * 10, 3, 3),
    ]
    assert planned.peak_bytes == 8 * (12 + 2 + 10)
    assert weight_bytes(measurement, AS_IT_IS) == 4 * 8 * 8 * 3
