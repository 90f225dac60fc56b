"""A model of one convolution."""

from __future__ import annotations

import pytest

# A convolution of 3x3 from C to 8 channels, without a bias: R * R * 8 * C * 9 MACs, 8 * C * 9 parameters.
MODEL = """\
from torch import nn


def conv(channels: int = 3) -> nn.Module:
    return nn.Sequential(nn.Conv2d(channels, 8, 3, padding=1, bias=False))
"""


@pytest.fixture
def modules() -> dict[str, str]:
    return {"shapes.py": MODEL}
