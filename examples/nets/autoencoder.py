"""The anomaly detector of MLPerf Tiny: Banbury et al., "MLPerf Tiny Benchmark", 2021."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

_HIDDEN = (128, 128, 128, 128, 8, 128, 128, 128, 128)


class Autoencoder(nn.Module):
    """Linear layers that give their input again, through a bottleneck of 8: what they cannot is an anomaly.

    Args:
        features: What goes in: five frames of 128 mel bands.
    """

    def __init__(self, features: int = 640) -> None:
        super().__init__()
        self.layers = nn.Sequential()
        width = features
        for hidden in _HIDDEN:
            linear, norm = nn.Linear(width, hidden), nn.BatchNorm1d(hidden)
            self.layers.append(nn.Sequential(OrderedDict(linear=linear, norm=norm, relu=nn.ReLU())))
            width = hidden
        self.out = nn.Linear(width, features)

    def forward(self, frames: Tensor) -> Tensor:
        again: Tensor = self.out(self.layers(frames))
        return again
