"""A small U-Net: Ronneberger et al., "U-Net", 2015, figure 1, with three levels, padding, and few channels."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

Up = Literal["transposed", "bilinear"]


class UNet(nn.Module):
    """Three stages down, a bottom, three stages up, each joined to the one that it mirrors.

    Args:
        up: How a stage doubles its resolution: by a transposed convolution, or bilinearly and then by a 1×1
            convolution. Both take the same MACs: the first applies four 1×1 kernels to each position, the second
            one kernel to four times as many.
        width: Channels of the first stage; each next one has twice as many.
        num_classes: Channels that come out.
    """

    def __init__(self, up: Up = "transposed", width: int = 16, num_classes: int = 2) -> None:
        super().__init__()
        self.down1 = _stage(3, width)
        self.down2 = _stage(width, 2 * width)
        self.down3 = _stage(2 * width, 4 * width)
        self.pool = nn.MaxPool2d(2)
        self.bottom = _stage(4 * width, 8 * width)
        self.up3 = UpStage(8 * width, up)
        self.up2 = UpStage(4 * width, up)
        self.up1 = UpStage(2 * width, up)
        self.head = nn.Conv2d(width, num_classes, kernel_size=1)

    def forward(self, images: Tensor) -> Tensor:
        first = self.down1(images)
        second = self.down2(self.pool(first))
        third = self.down3(self.pool(second))
        x = self.bottom(self.pool(third))
        x = self.up3(x, third)
        x = self.up2(x, second)
        x = self.up1(x, first)
        scores: Tensor = self.head(x)
        return scores


class UpStage(nn.Module):
    """Twice the resolution and half the channels, joined with the mirrored stage, then two convolutions."""

    def __init__(self, channels: int, up: Up) -> None:
        super().__init__()
        half = channels // 2
        self.up: nn.Module
        if up == "transposed":
            self.up = nn.ConvTranspose2d(channels, half, kernel_size=2, stride=2)
        else:
            bilinear = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
            self.up = nn.Sequential(bilinear, nn.Conv2d(channels, half, kernel_size=1))
        self.convolutions = _stage(channels, half)

    def forward(self, x: Tensor, mirrored: Tensor) -> Tensor:
        out: Tensor = self.convolutions(torch.cat((mirrored, self.up(x)), dim=1))
        return out


def _stage(channels: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, width, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        nn.Conv2d(width, width, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
    )
