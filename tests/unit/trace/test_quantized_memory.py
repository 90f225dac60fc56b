"""Quantized models: bytes from the element types that they really have."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.memory.planning import plan
from pytest_flopbudget.counting.memory.weights import weight_bytes, weight_bytes_by_module

quantization: Any = pytest.importorskip("torch.ao.quantization")
pytestmark = pytest.mark.filterwarnings("ignore")  # torch.ao announces its successor with every call

INT8 = Deployment(weight_dtype="int8", activation_dtype="int8", bias_dtype="int32")


@pytest.fixture(autouse=True)
def engine() -> Iterator[None]:
    engines = [name for name in torch.backends.quantized.supported_engines if name != "none"]
    if not engines:
        pytest.skip("this torch has no quantized kernels")
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = "x86" if "x86" in engines else engines[-1]
    yield
    torch.backends.quantized.engine = before


def test_dynamic_layers() -> None:
    floats = nn.Sequential(nn.Linear(8, 4), nn.LSTM(4, 16))
    model = quantization.quantize_dynamic(floats, {nn.Linear, nn.LSTM}, dtype=torch.qint8)
    measurement = count(model, "5x1x8")
    linear = 4 * 8 + 4 * 4
    # Four gates' matrices for input and state, and two biases each, which stay floats.
    recurrent = 4 * 16 * (4 + 16) + 4 * 2 * 4 * 16
    assert weight_bytes(measurement, AS_IT_IS) == linear + recurrent
    assert sum(weight_bytes_by_module(measurement, AS_IT_IS).values()) == weight_bytes(measurement, INT8)
    # Floats go in and come out of each: 5 of 8, of 4, of 16, and the final states of 16.
    assert plan(measurement, AS_IT_IS).peak_bytes == 4 * (5 * 4 + 5 * 16 + 2 * 16)


def test_a_static_network() -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(512, 2))
    fused = quantization.fuse_modules(model.eval(), [["0", "1", "2"]])
    whole = nn.Sequential(quantization.QuantStub(), copy.deepcopy(fused), quantization.DeQuantStub()).eval()
    whole.qconfig = quantization.QConfig(
        activation=quantization.default_observer, weight=quantization.default_weight_observer
    )
    prepared = quantization.prepare(whole)
    prepared(torch.ones(1, 3, 8, 8))
    measurement = count(quantization.convert(prepared), "1x3x8x8")
    # The first layer's scale of floats and zero point of 64 bits are buffers of it.
    assert weight_bytes(measurement, AS_IT_IS) == (8 * 3 * 9 + 4 * 8) + (512 * 2 + 4 * 2) + 4 + 8
    planned = plan(measurement, AS_IT_IS)
    assert [(buffer.dtype, buffer.bytes) for buffer in planned.buffers] == [
        ("float32", 4 * 3 * 64),
        ("quint8", 3 * 64),
        ("quint8", 8 * 64),
        # The kernel puts channels last, so that flattening copies.
        ("quint8", 8 * 64),
        ("quint8", 2),
        ("float32", 4 * 2),
    ]
    assert planned.peak_bytes == max(4 * 3 * 64 + 3 * 64, 2 * 8 * 64)


def test_an_exported_graph() -> None:
    pytest.importorskip("torch.ao.quantization.fx._decomposed")
    pairs = torch.ops.quantized_decomposed

    class Exported(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("weight", torch.ones(4, 8, dtype=torch.int8))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = pairs.quantize_per_tensor(x, 0.1, 0, -128, 127, torch.int8)
            x = pairs.dequantize_per_tensor(x, 0.1, 0, -128, 127, torch.int8)
            weight = pairs.dequantize_per_tensor(self.weight, 0.1, 0, -128, 127, torch.int8)
            x = nn.functional.linear(x, weight)
            x = pairs.quantize_per_tensor(x, 0.1, 0, -128, 127, torch.int8)
            out: torch.Tensor = pairs.dequantize_per_tensor(x, 0.1, 0, -128, 127, torch.int8)
            return out

    measurement = count(Exported(), "2x8")
    assert weight_bytes(measurement, AS_IT_IS) == 4 * 8
    planned = plan(measurement, AS_IT_IS)
    # The model's floats, integers of them, the layer's integers, and the floats that are put out.
    told = [("float32", 4 * 16), ("int8", 16), ("int8", 8), ("float32", 4 * 8)]
    assert [(buffer.dtype, buffer.bytes) for buffer in planned.buffers] == told
    assert planned.peak_bytes == 4 * 16 + 16


def test_packed_weights_that_two_layers_share_are_there_once() -> None:
    model = quantization.quantize_dynamic(
        nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8)), {nn.Linear}, dtype=torch.qint8
    )
    model[1]._packed_params._packed_params = model[0]._packed_params._packed_params
    assert weight_bytes(count(model, "5x8"), AS_IT_IS) == 8 * 8 + 4 * 8
