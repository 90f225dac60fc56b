"""Random models: layers in random arrangement, and what each costs by arithmetic that knows nothing of the package.

A step is a layer, what it makes of a shape, and its MACs there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import nn

Shape = tuple[int, ...]
Draw = Callable[[st.SearchStrategy[int]], int]


@dataclass(frozen=True)
class Step:
    """A layer in its place: the shape of what it gives, and its MACs."""

    layer: nn.Module
    shape: Shape
    macs: int = 0


class Added(nn.Module):
    """A layer and what goes past it."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        own: torch.Tensor = self.layer(x)
        return x + own


class Parted(nn.Module):
    """Both halves of the channels through one layer, and together again."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        halves: list[torch.Tensor] = [self.layer(half) for half in x.chunk(2, dim=1)]
        return torch.cat(halves, dim=1)


class First(nn.Module):
    """The first of what a layer gives, which a recurrent one is given once and attention thrice."""

    def __init__(self, layer: nn.Module, times: int = 1) -> None:
        super().__init__()
        self.layer, self.times = layer, times

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first: torch.Tensor = self.layer(*[x] * self.times)[0]
        return first


class AsSequence(nn.Module):
    """[B, C, H, W] to [B, H*W, C]."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(2).transpose(1, 2)


def convolution(draw: Draw, shape: Shape) -> Step:
    """Of any stride, padding and dilation, in groups or not."""
    batch, channels, height, width = shape
    groups = draw(st.sampled_from([each for each in (1, 2, channels) if channels % each == 0]))
    out, kernel = groups * draw(st.integers(1, 3)), draw(st.sampled_from([1, 2, 3]))
    stride, dilation = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    padding = draw(st.integers(1, 2)) * (kernel - 1)
    side = [(each + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1 for each in (height, width)]
    layer = nn.Conv2d(channels, out, kernel, stride, padding, dilation, groups)
    return Step(layer, (batch, out, *side), batch * out * side[0] * side[1] * kernel * kernel * (channels // groups))


def transposed(draw: Draw, shape: Shape) -> Step:
    """A convolution the other way: each element of the input meets the whole kernel."""
    batch, channels, height, width = shape
    out, kernel, stride = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    side = [(each - 1) * stride + kernel for each in (height, width)]
    macs = batch * channels * height * width * out * kernel * kernel
    return Step(nn.ConvTranspose2d(channels, out, kernel, stride), (batch, out, *side), macs)


def resized(draw: Draw, shape: Shape) -> Step:
    """Pooling and upsampling; torch itself says what they make of the sides."""
    layers: list[nn.Module] = [
        nn.AdaptiveAvgPool2d(3),
        nn.Upsample(scale_factor=2),
        nn.Upsample(size=(5, 4), mode="bilinear"),
    ]
    if min(shape[2:]) > 2:
        layers += [nn.MaxPool2d(2), nn.AvgPool2d(3, 1), nn.MaxPool2d(3, 2, 1)]
    layer = _one_of(draw, layers)
    return Step(layer, tuple(layer(torch.empty(shape, device="meta")).shape))


def in_place(draw: Draw, shape: Shape) -> Step:
    """Norms and activations of images."""
    channels = shape[1]
    norms: list[nn.Module] = [nn.BatchNorm2d(channels), nn.GroupNorm(1, channels), nn.InstanceNorm2d(channels)]
    return Step(_one_of(draw, [*norms, nn.SiLU(), nn.ReLU(inplace=True), nn.PReLU(), nn.Dropout2d()]), shape)


def added(draw: Draw, shape: Shape) -> Step:
    """A residual block."""
    batch, channels, height, width = shape
    return Step(
        Added(nn.Conv2d(channels, channels, 3, padding=1)), shape, batch * channels * height * width * 9 * channels
    )


def parted(draw: Draw, shape: Shape) -> Step:
    """One layer, called on each half."""
    batch, channels, height, width = shape
    if channels % 2:
        return in_place(draw, shape)
    half, out = channels // 2, draw(st.integers(1, 3))
    layer = Parted(nn.Conv2d(half, out, 1))
    return Step(layer, (batch, 2 * out, height, width), 2 * batch * out * height * width * half)


def linear(draw: Draw, shape: Shape) -> Step:
    """At each place of a sequence."""
    batch, length, width = shape
    out = draw(st.integers(1, 6))
    return Step(nn.Linear(width, out), (batch, length, out), batch * length * width * out)


def attention(draw: Draw, shape: Shape) -> Step:
    """Queries, keys, values and the output's product; scores, and the values they weigh."""
    batch, length, width = shape
    heads = draw(st.sampled_from([each for each in (1, 2, 3) if width % each == 0]))
    layer = First(nn.MultiheadAttention(width, heads, batch_first=True), times=3)
    return Step(layer, shape, batch * (4 * length * width * width + 2 * length * length * width))


def recurrent(draw: Draw, shape: Shape) -> Step:
    """Each gate has a product of the input and one of the state, at each place, in each direction and layer."""
    batch, length, width = shape
    hidden, layers, ways = draw(st.integers(1, 4)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    kind, gates = ((nn.LSTM, 4), (nn.GRU, 3), (nn.RNN, 1))[draw(st.integers(0, 2))]
    layer = kind(width, hidden, layers, batch_first=True, bidirectional=ways == 2)
    taken = [width, *[ways * hidden] * (layers - 1)]
    macs = batch * length * ways * gates * sum(hidden * (each + hidden) for each in taken)
    return Step(First(layer), (batch, length, ways * hidden), macs)


def encoder(draw: Draw, shape: Shape) -> Step:
    """Attention and two linear layers."""
    batch, length, width = shape
    wide = draw(st.integers(1, 6))
    layer = nn.TransformerEncoderLayer(width, 1, wide, batch_first=True, norm_first=bool(draw(st.integers(0, 1))))
    of_attention = 4 * length * width * width + 2 * length * length * width
    return Step(layer, shape, batch * (of_attention + 2 * length * width * wide))


def of_sequences(draw: Draw, shape: Shape) -> Step:
    """Norms and activations."""
    return Step(_one_of(draw, [nn.LayerNorm(shape[-1]), nn.GELU(), nn.Softmax(-1), nn.Dropout(), nn.Tanh()]), shape)


def _one_of(draw: Draw, layers: list[nn.Module]) -> nn.Module:
    return layers[draw(st.integers(0, len(layers) - 1))]


def _overwrites(step: Step, before: Step) -> bool:
    """Whether a step writes over what the one before it keeps for its gradient, so that torch cannot train the two."""
    return all(isinstance(each.layer, nn.ReLU) and each.layer.inplace for each in (step, before))


ON_IMAGES = (convolution, convolution, transposed, resized, in_place, added, parted)
ON_SEQUENCES = (linear, attention, recurrent, encoder, of_sequences)
_LARGEST = 20


@dataclass(frozen=True)
class Model:
    """A model, the shape of its input, and its MACs at that."""

    net: nn.Sequential
    shape: Shape
    macs: int


@st.composite
def models(draw: Draw) -> Model:
    """Some steps on an image, the first with weights to train, then perhaps some on a sequence of its places."""
    start = (draw(st.integers(1, 3)), draw(st.integers(1, 4)), draw(st.integers(3, 9)), draw(st.integers(3, 9)))
    steps = [convolution(draw, start)]
    shape = steps[0].shape
    for _ in range(draw(st.integers(0, 3))):
        step = ON_IMAGES[draw(st.integers(0, len(ON_IMAGES) - 1))](draw, shape)
        if max(step.shape[2:]) <= _LARGEST and not _overwrites(step, steps[-1]):
            steps.append(step)
            shape = step.shape
    if draw(st.integers(0, 1)):
        shape = (shape[0], shape[2] * shape[3], shape[1])
        steps.append(Step(AsSequence(), shape))
        for _ in range(draw(st.integers(1, 3))):
            steps.append(ON_SEQUENCES[draw(st.integers(0, len(ON_SEQUENCES) - 1))](draw, shape))
            shape = steps[-1].shape
    net = nn.Sequential(*(step.layer for step in steps))
    return Model(net, start, sum(step.macs for step in steps))
