"""MobileNetV1: Howard et al., "MobileNets: Efficient CNNs for Mobile Vision Applications", 2017, table 1."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

_BLOCKS = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (1024, 2),
    (1024, 1),
)


class MobileNetV1(nn.Module):
    """A convolution and thirteen depthwise-separable blocks, an average, one linear layer.

    Args:
        width: The paper's width multiplier: every number of channels is multiplied by it.
        num_classes: Scores that come out.
    """

    def __init__(self, width: float = 1.0, num_classes: int = 1000) -> None:
        super().__init__()
        channels = int(32 * width)
        self.stem = _convolution(3, channels, 3, stride=2)
        self.blocks = nn.Sequential()
        for full, stride in _BLOCKS:
            wide = int(full * width)
            depthwise = _convolution(channels, channels, 3, stride, groups=channels)
            pointwise = _convolution(channels, wide, 1)
            self.blocks.append(nn.Sequential(OrderedDict(depthwise=depthwise, pointwise=pointwise)))
            channels = wide
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(channels, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.pool(self.blocks(self.stem(images)))
        scores: Tensor = self.head(features.flatten(1))
        return scores


def _convolution(channels: int, width: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(channels, width, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
    return nn.Sequential(OrderedDict(conv=conv, norm=nn.BatchNorm2d(width), relu=nn.ReLU(inplace=True)))
