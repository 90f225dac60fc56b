"""MobileNetV2: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018, table 2."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

# The table's columns: expansion t, channels c, repeats n, stride s of the first.
_BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


class InvertedResidual(nn.Module):
    """Expand by 1×1, filter depthwise by 3×3, project by a linear 1×1; added to the input where shapes allow."""

    def __init__(self, channels: int, width: int, expansion: int, stride: int) -> None:
        super().__init__()
        inner = channels * expansion
        self.layers = nn.Sequential()
        if expansion != 1:
            self.layers.add_module("expand", _convolution(channels, inner, 1))
        self.layers.add_module("depthwise", _convolution(inner, inner, 3, stride, groups=inner))
        self.layers.add_module("project", nn.Conv2d(inner, width, kernel_size=1, bias=False))
        self.layers.add_module("norm", nn.BatchNorm2d(width))
        self.adds = stride == 1 and channels == width

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers(x)
        return x + out if self.adds else out


class MobileNetV2(nn.Module):
    """A convolution, seventeen inverted residuals, a 1×1 convolution to 1280, an average, one linear layer."""

    def __init__(self, num_classes: int = 1000) -> None:
        super().__init__()
        self.stem = _convolution(3, 32, 3, stride=2)
        self.blocks = nn.Sequential()
        channels = 32
        for expansion, width, repeats, stride in _BLOCKS:
            for repeat in range(repeats):
                self.blocks.append(InvertedResidual(channels, width, expansion, stride if repeat == 0 else 1))
                channels = width
        self.last = _convolution(channels, 1280, 1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, num_classes))

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.pool(self.last(self.blocks(self.stem(images))))
        scores: Tensor = self.head(features.flatten(1))
        return scores


def _convolution(channels: int, width: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(channels, width, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
    return nn.Sequential(OrderedDict(conv=conv, norm=nn.BatchNorm2d(width), relu=nn.ReLU6(inplace=True)))
