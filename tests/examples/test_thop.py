"""Real models beside thop: its published number, and a difference that is explained to the last MAC."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
import torch
from torch import nn

from nets.mobilenet_v2 import MobileNetV2
from nets.resnet import ResNet50
from nets.unet import UNet
from pytest_flopbudget import Comparison, count


class Block(nn.Module):
    """A transformer's block with its attention written out."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm, self.qkv, self.out = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.scale = nn.Parameter(torch.ones(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = self.qkv(self.norm(x)).chunk(3, -1)
        out: torch.Tensor = self.out((q @ k.transpose(-1, -2)).softmax(-1) @ v) * self.scale
        return x + out


class ViT(nn.Module):
    """Shaped like a vision transformer: patches, a token of its own, blocks, and torch's own attention at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 32, 8, stride=8)
        self.token = nn.Parameter(torch.zeros(1, 1, 32))
        self.blocks = nn.Sequential(Block(32), Block(32))
        self.pool = nn.MultiheadAttention(32, 4, batch_first=True)
        self.head = nn.Linear(32, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = self.blocks(torch.cat([self.token.expand(len(x), -1, -1), x], 1))
        pooled, _ = self.pool(x[:, :1], x, x)
        out: torch.Tensor = self.head(pooled[:, 0])
        return out


class Functional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.kernels = nn.ParameterList([torch.zeros(8, 8, 3, 3), torch.zeros(4, 8, 1, 1)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        for kernel in self.kernels:
            x = nn.functional.conv2d(x, kernel, padding=kernel.shape[-1] // 2)
        return x


def lstm() -> nn.Module:
    return nn.Sequential(nn.LSTM(32, 64, num_layers=2, batch_first=True))


Parts = dict[tuple[str, str], int]

# The difference by what it is; what a Block and a ViT hold themselves has no rule.
MODELS: dict[str, tuple[Callable[[], nn.Module], str, tuple[int, int], Parts]] = {
    "ResNet-50": (
        ResNet50,
        "1x3x224x224",
        (4_089_184_256, 4_133_742_592),
        {("added", "normalisation"): 4 * 11_113_984, ("added", "pooling"): (49 + 1) * 2048},
    ),
    "MobileNetV2": (
        MobileNetV2,
        "1x3x224x224",
        (300_774_272, 327_550_720),
        {("added", "normalisation"): 4 * 6_678_112, ("added", "pooling"): (49 + 1) * 1280},
    ),
    "ViT": (
        ViT,
        "1x3x32x32",
        (
            16 * 3 * 64 * 32 + 2 * (17 * 4 * 1024 + 2 * 17 * 17 * 32) + (2 + 2 * 17) * 1024 + 2 * 17 * 32 + 320,
            16 * 3 * 64 * 32 + 2 * (17 * 4 * 1024 + 4 * 17 * 32) + 320,
        ),
        {
            ("missed", "aten::matmul"): -2 * 2 * 17 * 17 * 32,
            ("missed", "aten::linear"): -(2 + 2 * 17) * 1024,
            ("missed", "aten::bmm"): -2 * 17 * 32,
            ("added", "normalisation"): 2 * 4 * 17 * 32,
        },
    ),
    "LSTM": (
        lstm,
        "2x10x32",
        (1_146_880, 1_187_840),
        {("added", "gates"): 2 * 10 * 2 * 64 * 16},
    ),
    "U-Net": (
        UNet,
        "1x3x64x64",
        (145_031_168, 165_806_080),
        {("added", "normalisation"): 1_900_544, ("formula", "torch.nn.ConvTranspose2d:"): 18_874_368},
    ),
    "functional convolutions": (
        Functional,
        "1x3x16x16",
        (16 * 16 * (8 * 27 + 8 * 72 + 4 * 8), 16 * 16 * 8 * 27),
        {("missed", "aten::conv2d"): -16 * 16 * (8 * 72 + 4 * 8)},
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_difference_is_explained(name: str) -> None:
    make, shape, macs, expected = MODELS[name]
    model = make()
    comparison = Comparison.of(count(model, shape), count(model, shape, backend="thop"))
    parts: Counter[tuple[str, str]] = Counter()
    for each in comparison.macs.explanations:
        parts[each.why, each.cause.removeprefix("functional ").split()[0]] += each.difference
    assert (comparison.macs.ours, comparison.macs.thops) == macs
    assert dict(parts) == expected
    for sides in (comparison.macs, comparison.params):
        assert sum(each.difference for each in sides.explanations) == sides.difference == sides.thops - sides.ours


def test_the_parameters_that_thop_does_not_see() -> None:
    comparison = Comparison.of(count(ViT(), "1x3x32x32"), count(ViT(), "1x3x32x32", backend="thop"))
    missed: Counter[str] = Counter()
    for each in comparison.params.explanations:
        missed[each.module] += each.difference
    assert dict(missed) == {
        "": -32,
        "blocks.0": -32,
        "blocks.1": -32,
        "pool": -(3 * 32 * 32 + 3 * 32),
        "pool.out_proj": -(32 * 32 + 32),
    }
