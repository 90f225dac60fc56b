"""ResNet-8: Banbury et al., "MLPerf Tiny Benchmark", 2021: the image classifier, a ResNet of three blocks."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

_BLOCKS = ((16, 1), (32, 2), (64, 2))


class ResNet8(nn.Module):
    """A convolution, three residual blocks, an average, one linear layer.

    Args:
        num_classes: Scores that come out.
    """

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.norm = nn.BatchNorm2d(16)
        self.blocks = nn.Sequential()
        channels = 16
        for width, stride in _BLOCKS:
            self.blocks.append(Block(channels, width, stride))
            channels = width
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(channels, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.blocks(functional.relu(self.norm(self.stem(images))))
        scores: Tensor = self.head(self.pool(features).flatten(1))
        return scores


class Block(nn.Module):
    """Two convolutions; the input, or a convolution of it by 1×1 where the stride is not 1, is added to their result.

    Args:
        channels: Channels that come in.
        width: Channels that come out.
        stride: Of the first convolution.
    """

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, width, 3, stride, padding=1)
        self.first_norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.second_norm = nn.BatchNorm2d(width)
        self.shortcut = nn.Identity() if stride == 1 else nn.Conv2d(channels, width, 1, stride)

    def forward(self, features: Tensor) -> Tensor:
        x = functional.relu(self.first_norm(self.first(features)))
        x = self.second_norm(self.second(x))
        return functional.relu(x + self.shortcut(features))
