"""What a model costs and weighs is the same on every Python, pytest and torch that the project claims.

Nothing is compared with another version here: each runs this file, and the numbers are written down.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from torch import nn
from torch.nn import functional

from nets.mobilenet_v2 import MobileNetV2
from nets.resnet import ResNet50
from pytest_flopbudget import count, value
from pytest_flopbudget.counting.measurement import Backend


class Products(nn.Module):
    """Attention, a product and an einsum, none of them a layer's."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(8, 6))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        attended = functional.scaled_dot_product_attention(x, x, x)
        return torch.einsum("bsd,de->bse", (attended @ x.mT) @ x, self.weight)


class Row(NamedTuple):
    model: Callable[[], nn.Module]
    input: str
    macs: int
    params: int
    # Of buffers: running statistics in floats of 4 bytes, counters of batches in integers of 8.
    buffer_bytes: int = 0


ROWS = {
    "grouped convolution": Row(
        lambda: nn.Conv2d(8, 16, 3, stride=2, padding=1, groups=4),
        "2x8x12x12",
        macs=2 * 16 * 6 * 6 * 2 * 9,
        params=16 * 2 * 9 + 16,
    ),
    "transposed convolution": Row(
        lambda: nn.ConvTranspose2d(8, 4, 3, stride=2),
        "1x8x5x5",
        macs=8 * 5 * 5 * 4 * 9,
        params=8 * 4 * 9 + 4,
    ),
    "norms": Row(
        lambda: nn.Sequential(nn.Conv1d(3, 8, 1), nn.BatchNorm1d(8), nn.GroupNorm(2, 8), nn.LayerNorm(10)),
        "1x3x10",
        macs=8 * 10 * 3,
        params=8 * 3 + 8 + 2 * 8 + 2 * 8 + 2 * 10,
        buffer_bytes=2 * 8 * 4 + 8,
    ),
    "LSTM": Row(
        lambda: nn.LSTM(16, 32, num_layers=2),
        "5x2x16",
        macs=5 * 2 * 4 * 32 * (16 + 32) + 5 * 2 * 4 * 32 * (32 + 32),
        params=4 * 32 * (16 + 32 + 2) + 4 * 32 * (32 + 32 + 2),
    ),
    "GRU both ways": Row(
        lambda: nn.GRU(16, 32, bidirectional=True),
        "5x1x16",
        macs=2 * 5 * 3 * 32 * (16 + 32),
        params=2 * 3 * 32 * (16 + 32 + 2),
    ),
    "encoder layer": Row(
        lambda: nn.TransformerEncoderLayer(32, 4, dim_feedforward=64, batch_first=True),
        "1x10x32",
        macs=10 * 32 * 3 * 32 + 2 * 10 * 10 * 32 + 10 * 32 * 32 + 2 * 10 * 32 * 64,
        params=(3 * 32 * 32 + 3 * 32) + (32 * 32 + 32) + (32 * 64 + 64) + (64 * 32 + 32) + 2 * 2 * 32,
    ),
    "products": Row(
        Products,
        "2x7x8",
        macs=2 * (2 * 7 * 7 * 8 + 2 * 7 * 7 * 8 + 7 * 8 * 6),
        params=8 * 6,
    ),
    "bilinear": Row(lambda: nn.Bilinear(5, 6, 7), "", macs=3 * 7 * 5 * 6, params=7 * 5 * 6 + 7),
    # torchvision's numbers: 4.089 G and 25,557,032; 300.8 M and 3,504,872.
    "ResNet-50": Row(ResNet50, "1x3x224x224", 4_089_184_256, 25_557_032, buffer_bytes=2 * 26_560 * 4 + 53 * 8),
    "MobileNetV2": Row(MobileNetV2, "1x3x224x224", 300_774_272, 3_504_872, buffer_bytes=2 * 17_056 * 4 + 52 * 8),
}


@pytest.mark.parametrize("backend", ["shapes", "execute"])
@pytest.mark.parametrize("name", ROWS)
def test_macs_params_and_bytes_of_weights(name: str, backend: Backend) -> None:
    row = ROWS[name]

    found = count(row.model(), row.input or ("3x5", "3x6"), backend=backend)

    assert (found.macs, found.params) == (row.macs, row.params)
    assert value(found, "weight_bytes") == 4 * row.params + row.buffer_bytes
    assert found.uncounted == {}


def test_a_step_of_training() -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 6 * 6, 4))
    convolution, linear = 8 * 6 * 6 * 3 * 9, 8 * 6 * 6 * 4

    found = count(model, "2x3x6x6", mode="training")

    # Forward, and backward to the weights; to the input only where something before it learns.
    assert found.macs == 2 * (convolution + linear) + 2 * convolution + 2 * 2 * linear
