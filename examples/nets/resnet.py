"""ResNet-50: He et al., "Deep Residual Learning for Image Recognition", 2015, table 1."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

_STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))
_EXPANSION = 4


class Bottleneck(nn.Module):
    """1×1, 3×3 and 1×1 convolutions around a shortcut.

    The stride stands in the 3×3 convolution, as in Goyal et al., "Accurate, Large Minibatch SGD", 2017,
    and in the published weights since; the first paper has it in the first 1×1 (3.8 GMACs instead of 4.1).
    """

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        wide = width * _EXPANSION
        self.reduce = _convolution(channels, width, 1)
        self.spatial = _convolution(width, width, 3, stride)
        self.expand = _convolution(width, wide, 1)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels != wide:
            self.shortcut = _convolution(channels, wide, 1, stride)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.relu(self.reduce(x))
        inner = self.relu(self.spatial(inner))
        out: Tensor = self.relu(self.expand(inner) + self.shortcut(x))
        return out


class ResNet50(nn.Module):
    """A stem, sixteen bottlenecks in four stages, an average over all positions, one linear layer."""

    def __init__(self, num_classes: int = 1000) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            _convolution(3, 64, 7, stride=2), nn.ReLU(inplace=True), nn.MaxPool2d(3, stride=2, padding=1)
        )
        self.stages = nn.Sequential()
        channels = 64
        for number, (width, blocks, stride) in enumerate(_STAGES, start=1):
            stage = nn.Sequential(Bottleneck(channels, width, stride))
            channels = width * _EXPANSION
            stage.extend(Bottleneck(channels, width, 1) for _ in range(blocks - 1))
            self.stages.add_module(f"stage{number}", stage)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(channels, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.pool(self.stages(self.stem(images)))
        scores: Tensor = self.head(features.flatten(1))
        return scores


def _convolution(channels: int, width: int, kernel: int, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(channels, width, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(OrderedDict(conv=conv, norm=nn.BatchNorm2d(width)))
