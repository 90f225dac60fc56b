"""DS-CNN: Zhang et al., "Hello Edge: Keyword Spotting on Microcontrollers", 2017; as MLPerf Tiny has it."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

_WIDTH = 64
_BLOCKS = 4


class DsCnn(nn.Module):
    """A convolution over a spectrogram of 49×10, four depthwise-separable blocks, an average, one linear layer.

    Args:
        num_classes: Scores that come out: ten words, silence, and any other word.
    """

    def __init__(self, num_classes: int = 12) -> None:
        super().__init__()
        # 49×10 becomes 25×5, as TensorFlow's padding by name makes it.
        self.stem = _layer(nn.Conv2d(1, _WIDTH, (10, 4), stride=2, padding=(5, 1)))
        self.blocks = nn.Sequential()
        for _ in range(_BLOCKS):
            depthwise = _layer(nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1, groups=_WIDTH))
            pointwise = _layer(nn.Conv2d(_WIDTH, _WIDTH, 1))
            self.blocks.append(nn.Sequential(OrderedDict(depthwise=depthwise, pointwise=pointwise)))
        self.pool = nn.AvgPool2d((25, 5))
        self.head = nn.Linear(_WIDTH, num_classes)

    def forward(self, spectrograms: Tensor) -> Tensor:
        features: Tensor = self.pool(self.blocks(self.stem(spectrograms)))
        scores: Tensor = self.head(features.flatten(1))
        return scores


def _layer(conv: nn.Conv2d) -> nn.Sequential:
    return nn.Sequential(OrderedDict(conv=conv, norm=nn.BatchNorm2d(conv.out_channels), relu=nn.ReLU()))
