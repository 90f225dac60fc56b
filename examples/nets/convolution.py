"""A plain convolution and its depthwise-separable counterpart."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn


def plain() -> nn.Module:
    """3 to 64 channels, 3×3: H · W · 64 · 3 · 3 · 3 MACs."""
    return nn.Conv2d(3, 64, kernel_size=3, padding=1)


def separable() -> nn.Module:
    """The same shapes in two steps: H · W · (3 · 3 · 3 + 3 · 64) MACs, 7.9 times fewer.

    Howard et al., "MobileNets", 2017, section 3.1.
    """
    depthwise = nn.Conv2d(3, 3, kernel_size=3, padding=1, groups=3)
    pointwise = nn.Conv2d(3, 64, kernel_size=1)
    return nn.Sequential(OrderedDict(depthwise=depthwise, pointwise=pointwise))
