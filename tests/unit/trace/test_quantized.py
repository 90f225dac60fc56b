"""Quantized models, executed: the MACs of the float model, weights from the packed parameters."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend, Mode
from pytest_flopbudget.counting.operators import Cost
from pytest_flopbudget.errors import MeasureError

quantization: Any = pytest.importorskip("torch.ao.quantization")
pytestmark = pytest.mark.filterwarnings("ignore")  # torch.ao announces its successor with every call

BACKENDS: tuple[Backend, ...] = ("shapes", "execute")


@pytest.fixture(autouse=True)
def engine() -> Iterator[None]:
    engines = [name for name in torch.backends.quantized.supported_engines if name != "none"]
    if not engines:
        pytest.skip("this torch has no quantized kernels")
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = "x86" if "x86" in engines else engines[-1]
    yield
    torch.backends.quantized.engine = before


def dynamic(model: nn.Module, dtype: torch.dtype = torch.qint8) -> nn.Module:
    kinds = {nn.Linear, nn.LSTM, nn.GRU, nn.LSTMCell, nn.GRUCell, nn.RNNCell}
    made: nn.Module = quantization.quantize_dynamic(nn.Sequential(model), kinds, dtype=dtype)
    return next(iter(made.children()))


def static(model: nn.Module, *shape: int) -> nn.Module:
    whole = nn.Sequential(quantization.QuantStub(), copy.deepcopy(model), quantization.DeQuantStub()).eval()
    whole.qconfig = quantization.QConfig(
        activation=quantization.default_observer, weight=quantization.default_weight_observer
    )
    prepared = quantization.prepare(whole)
    prepared(torch.ones(shape))
    made: nn.Module = quantization.convert(prepared)
    return made


LAYERS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "linear": (lambda: nn.Linear(8, 4), "3x8"),
    "linear on a sequence": (lambda: nn.Linear(8, 4, bias=False), "3x5x8"),
    "lstm": (lambda: nn.LSTM(8, 16, 2, bidirectional=True), "5x2x8"),
    "gru": (lambda: nn.GRU(8, 16, batch_first=True), "5x2x8"),
    "lstm cell": (lambda: nn.LSTMCell(8, 16), "2x8"),
    "gru cell": (lambda: nn.GRUCell(8, 16), "2x8"),
    "rnn cell": (lambda: nn.RNNCell(8, 16), "2x8"),
}


@pytest.mark.parametrize(("build", "shape"), LAYERS.values(), ids=LAYERS)
def test_dynamic_layers_have_the_macs_of_their_floats(build: Callable[[], nn.Module], shape: str) -> None:
    layer = build().eval()
    floats = count(layer, shape)
    measurement = count(dynamic(layer), shape)
    assert (measurement.macs, measurement.activations) == (floats.macs, floats.activations)
    assert measurement.total_flops > floats.total_flops
    assert not measurement.uncounted
    assert measurement.traced == "executed"


@pytest.mark.parametrize("name", ["linear", "lstm"])
def test_layers_of_halves_cost_what_their_floats_do(name: str) -> None:
    build, shape = LAYERS[name]
    layer = build().eval()
    assert count(dynamic(layer, torch.float16), shape).total_flops == count(layer, shape).total_flops


def test_a_dynamic_layer_by_hand() -> None:
    operator = "quantized::linear_dynamic"
    cost = count(dynamic(nn.Linear(8, 4)), "3x8").by_operator()[operator]
    # the range of 24 elements, scale and zero point, 24 quantised; a scale and a bias an output element
    assert cost == Cost(3 * 8 * 4, 2 * 23 + 7 + 5 * 24 + (1 + 1) * 12)


def test_a_static_network_has_the_macs_of_its_floats() -> None:
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 8, 3, groups=2),
        nn.ConvTranspose2d(8, 4, 2, stride=2, groups=2),
        nn.MaxPool2d(2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 2),
    ).eval()
    floats = count(model, "1x3x8x8")
    measurement = count(static(model, 1, 3, 8, 8), "1x3x8x8")
    assert (measurement.macs, measurement.activations) == (floats.macs, floats.activations)
    assert not measurement.uncounted
    costs = measurement.by_operator()
    assert costs["aten::quantize_per_tensor"] == Cost(0, 5 * 3 * 64)
    assert costs["quantized::conv2d"] == Cost(64 * 8 * 3 * 9 + 36 * 8 * 4 * 9, (5 + 1) * (8 * 64 + 8 * 36))
    assert costs["quantized::conv_transpose2d"] == Cost(8 * 36 * 2 * 4, (5 + 1) * 4 * 144)
    assert costs["aten::dequantize"] == Cost(0, 2 * 2)


def test_a_fused_network() -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU()).eval()
    fused = quantization.fuse_modules(model, [["0", "1", "2"]])
    measurement = count(static(fused, 1, 3, 8, 8), "1x3x8x8")
    assert measurement.macs == 36 * 8 * 3 * 9
    assert "quantized::conv2d_relu" in measurement.by_operator()


@pytest.mark.parametrize("mode", ["inference", "training"])
def test_training_for_quantisation_costs_the_same_on_shapes(mode: Mode) -> None:
    def prepared() -> nn.Module:
        model = nn.Sequential(quantization.QuantStub(), nn.Conv2d(3, 8, 3), nn.ReLU()).train()
        model.qconfig = quantization.get_default_qat_qconfig("x86")
        made: nn.Module = quantization.prepare_qat(model)
        return made

    # A scale a channel: it has one element until it is first used, and without data it never grows.
    shapes, executed = (count(prepared(), "2x3x8x8", mode=mode, backend=each) for each in BACKENDS)
    assert (shapes.macs, shapes.total_flops) == (executed.macs, executed.total_flops)
    assert shapes.macs == (1 if mode == "inference" else 2) * 2 * 36 * 8 * 3 * 9


def test_on_shapes_a_quantized_layer_is_refused() -> None:
    with pytest.raises(MeasureError, match=r"^cannot be counted on shapes: quantized::linear_dynamic in .* works on a"):
        count(dynamic(nn.Linear(8, 4)), "3x8", backend="shapes")


def test_pairs_of_an_exported_graph_stand_around_floats() -> None:
    pytest.importorskip("torch.ao.quantization.fx._decomposed")
    pairs = torch.ops.quantized_decomposed

    class Exported(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(4, 8))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = pairs.quantize_per_tensor(x, 0.1, 0, -128, 127, torch.int8)
            x = pairs.dequantize_per_tensor(x, 0.1, 0, -128, 127, torch.int8)
            return nn.functional.linear(x, self.weight)

    for backend in ("shapes", "execute"):
        measurement = count(Exported(), "3x8", backend="shapes" if backend == "shapes" else "execute")
        assert (measurement.macs, measurement.total_flops) == (3 * 8 * 4, 2 * 3 * 8 * 4 + (5 + 2) * 24)
        assert not measurement.uncounted
