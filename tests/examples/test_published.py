"""Published counts: MLPerf Tiny's networks, and activations as fvcore and timm define them."""

from __future__ import annotations

import pytest
from torch import nn

from nets.mobilenet_v1 import MobileNetV1
from nets.mobilenet_v2 import MobileNetV2
from nets.resnet import ResNet50
from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend


def block(channels: int) -> nn.Sequential:
    depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
    pointwise = nn.Conv2d(channels, channels, 1)
    norms = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
    return nn.Sequential(depthwise, norms[0], nn.ReLU(), pointwise, norms[1], nn.ReLU())


def keyword_spotting() -> nn.Module:
    """MLPerf Tiny's DS-CNN (mlcommons/tiny), with biases in every convolution."""
    stem = nn.Sequential(nn.Conv2d(1, 64, (10, 4), stride=2, padding=(5, 1)), nn.BatchNorm2d(64), nn.ReLU())
    return nn.Sequential(stem, *(block(64) for _ in range(4)), nn.AvgPool2d((25, 5)), nn.Flatten(), nn.Linear(64, 12))


def visual_wake_words() -> nn.Module:
    """MLPerf Tiny's MobileNetV1 of a quarter of the width (mlcommons/tiny)."""
    return MobileNetV1(width=0.25, num_classes=2)


KEYWORD_MACS = 25 * 5 * (64 * 10 * 4 + 4 * (64 * 9 + 64 * 64)) + 64 * 12
KEYWORD_PARAMS = 64 * 40 + 64 + 4 * (64 * 9 + 64 + 64 * 64 + 64) + 9 * 2 * 64 + 64 * 12 + 12


@pytest.mark.parametrize("backend", ["shapes", "execute"])
def test_mlperf_tiny(backend: Backend) -> None:
    keywords = count(keyword_spotting(), "1x1x49x10", backend=backend)
    assert (keywords.macs, keywords.params) == (KEYWORD_MACS, KEYWORD_PARAMS) == (2_656_768, 23_756)
    wake_words = count(visual_wake_words(), "1x3x96x96", backend=backend)
    assert (wake_words.macs, wake_words.params) == (7_489_664, 213_586)


@pytest.mark.parametrize("backend", ["shapes", "execute"])
def test_activations(backend: Backend) -> None:
    # timm prints 11.11 M for ResNet-50 at 224.
    assert count(ResNet50(), "1x3x224x224", backend=backend).activations == 11_114_984
    assert count(MobileNetV2(), "1x3x224x224", backend=backend).activations == 6_679_112
