"""Every layer under autograd: its forward, its gradients and theirs are made of operators that are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from pytest_flopbudget.counting.operators import Cost

Count = Callable[[Callable[[], object]], tuple[Cost, list[str]]]
Shape = tuple[int, ...]
Build = Callable[[], nn.Module]


class Function(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[..., object]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> object:
        return self.function(*inputs)


class Attending(nn.Module):
    """Attention of an input with itself."""

    def __init__(self, attention: nn.Module, *, need_weights: bool) -> None:
        super().__init__()
        self.attention = attention
        self.need_weights = need_weights

    def forward(self, input: Tensor) -> object:
        return self.attention(input, input, input, need_weights=self.need_weights)


@dataclass(frozen=True)
class Row:
    """A layer, its inputs' shapes, and whether it has second derivatives and kernels without data."""

    build: Build
    shapes: tuple[Shape, ...]
    twice: bool = True
    meta: bool = True


def function(called: Callable[..., object], *shapes: Shape, twice: bool = True, meta: bool = True) -> Row:
    return Row(lambda: Function(called), shapes, twice, meta)


def ids(like: Tensor, *shape: int) -> Tensor:
    return torch.ones(shape, dtype=torch.int64, device=like.device)


def activation(name: str) -> Row:
    return Row(getattr(nn, name), ((2, 4, 6, 6),), twice=name != "Hardsigmoid")


def loss(name: str) -> Row:
    return Row(getattr(nn, name), ((3, 4), (3, 4)))


def padding(name: str, *sizes: int) -> Row:
    return Row(lambda: getattr(nn, name)(1), ((1, 2, *sizes),))


def upsampling(mode: str, *sizes: int) -> Row:
    return Row(lambda: nn.Upsample(scale_factor=2, mode=mode), ((1, 2, *sizes),))


def sampling(mode: str, *sizes: int) -> Row:
    grid = (1, *(3 for _ in sizes), len(sizes))
    return function(
        lambda picture, places: functional.grid_sample(picture, places, mode=mode, align_corners=False),
        (1, 2, *sizes),
        grid,
        twice=False,
    )


LAYERS: dict[str, Row] = {
    "linear": Row(lambda: nn.Linear(4, 5), ((2, 3, 4),)),
    "bilinear": Row(lambda: nn.Bilinear(4, 5, 6), ((2, 4), (2, 5))),
    "convolution": Row(lambda: nn.Conv2d(4, 6, 3, stride=2, groups=2), ((2, 4, 10, 10),)),
    "convolution, circular": Row(lambda: nn.Conv1d(4, 6, 3, padding=1, padding_mode="circular"), ((2, 4, 10),)),
    "convolution, reflecting": Row(lambda: nn.Conv2d(2, 3, 3, padding=1, padding_mode="reflect"), ((1, 2, 5, 5),)),
    "convolution, complex": Row(lambda: nn.Conv2d(2, 3, 3, dtype=torch.complex64), ((1, 2, 5, 5),)),
    "transposed convolution": Row(lambda: nn.ConvTranspose2d(4, 6, 3, 2, output_padding=1), ((2, 4, 5, 5),)),
    "time, batch, channels": function(lambda x, w, b: torch.conv_tbc(x, w, b, 1), (10, 2, 3), (4, 3, 5), (5,)),
    "unfold": Row(lambda: nn.Unfold(2), ((1, 2, 4, 4),)),
    "fold": Row(lambda: nn.Fold((4, 4), 2), ((1, 8, 9),)),
    "windows": function(lambda x: x.unfold(-1, 4, 2), (2, 3, 16)),
    **{
        name: activation(name)
        for name in (
            *("ReLU", "ReLU6", "ELU", "CELU", "SELU", "GELU", "SiLU", "Mish", "Sigmoid", "Tanh", "Hardswish"),
            *("Hardsigmoid", "Hardtanh", "Hardshrink", "Softshrink", "LeakyReLU", "PReLU", "RReLU", "Softplus"),
            *("Softsign", "Tanhshrink", "LogSigmoid", "Softmax2d"),
        )
    },
    "GELU by tanh": Row(lambda: nn.GELU("tanh"), ((2, 4),)),
    "Softplus(2)": Row(lambda: nn.Softplus(2.0), ((2, 4),)),
    "GLU": Row(lambda: nn.GLU(1), ((2, 4, 3),)),
    "Softmin": Row(lambda: nn.Softmin(1), ((2, 4),)),
    "LogSoftmax": Row(lambda: nn.LogSoftmax(1), ((2, 4),)),
    "Dropout": Row(nn.Dropout, ((3, 4),)),
    "Dropout2d": Row(nn.Dropout2d, ((3, 4, 5, 5),)),
    "AlphaDropout": Row(nn.AlphaDropout, ((3, 4),)),
    "MaxPool1d": Row(lambda: nn.MaxPool1d(2), ((1, 2, 8),)),
    "MaxPool2d": Row(lambda: nn.MaxPool2d(2), ((1, 2, 8, 8),)),
    "MaxPool3d": Row(lambda: nn.MaxPool3d(2), ((1, 2, 4, 4, 4),)),
    "AvgPool1d": Row(lambda: nn.AvgPool1d(2), ((1, 2, 8),)),
    "AvgPool2d": Row(lambda: nn.AvgPool2d(2), ((1, 2, 8, 8),)),
    "AvgPool3d": Row(lambda: nn.AvgPool3d(2), ((1, 2, 4, 4, 4),)),
    "LPPool2d": Row(lambda: nn.LPPool2d(2, 2), ((1, 2, 8, 8),)),
    "FractionalMaxPool2d": Row(lambda: nn.FractionalMaxPool2d(2, 3), ((1, 2, 8, 8),)),
    "FractionalMaxPool3d": Row(lambda: nn.FractionalMaxPool3d(2, 3), ((1, 2, 8, 8, 8),), meta=False),
    "AdaptiveAvgPool1d": Row(lambda: nn.AdaptiveAvgPool1d(3), ((1, 2, 8),)),
    "AdaptiveAvgPool2d": Row(lambda: nn.AdaptiveAvgPool2d(3), ((1, 2, 8, 8),)),
    "AdaptiveAvgPool3d": Row(lambda: nn.AdaptiveAvgPool3d(3), ((1, 2, 8, 8, 8),)),
    "AdaptiveMaxPool1d": Row(lambda: nn.AdaptiveMaxPool1d(3), ((1, 2, 8),)),
    "AdaptiveMaxPool2d": Row(lambda: nn.AdaptiveMaxPool2d(3), ((1, 2, 8, 8),)),
    "AdaptiveMaxPool3d": Row(lambda: nn.AdaptiveMaxPool3d(3), ((1, 2, 8, 8, 8),)),
    "max_unpool2d": function(
        lambda x: functional.max_unpool2d(*functional.max_pool2d(x, 2, return_indices=True), (2, 2)), (1, 2, 8, 8)
    ),
    "BatchNorm1d": Row(lambda: nn.BatchNorm1d(4), ((3, 4),)),
    "BatchNorm2d": Row(lambda: nn.BatchNorm2d(4), ((3, 4, 5, 5),)),
    "BatchNorm2d, evaluated": Row(lambda: nn.BatchNorm2d(4).eval(), ((3, 4, 5, 5),)),
    "InstanceNorm2d": Row(lambda: nn.InstanceNorm2d(4, affine=True), ((3, 4, 5, 5),)),
    "LayerNorm": Row(lambda: nn.LayerNorm(4), ((3, 4),)),
    "GroupNorm": Row(lambda: nn.GroupNorm(2, 4), ((3, 4, 5, 5),)),
    "LocalResponseNorm": Row(lambda: nn.LocalResponseNorm(3), ((1, 4, 5, 5),)),
    "weight norm": Row(lambda: nn.utils.parametrizations.weight_norm(nn.Linear(4, 5)), ((2, 4),), meta=False),
    "spectral norm": Row(lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(4, 5)), ((2, 4),)),
    "RNN": Row(lambda: nn.RNN(4, 5, nonlinearity="relu"), ((6, 2, 4),)),
    "LSTM": Row(lambda: nn.LSTM(4, 5, 2, bidirectional=True), ((6, 2, 4),)),
    "LSTM, projected": Row(lambda: nn.LSTM(4, 5, proj_size=3), ((6, 2, 4),)),
    "GRU": Row(lambda: nn.GRU(4, 5, batch_first=True), ((2, 6, 4),)),
    "LSTMCell": Row(lambda: nn.LSTMCell(4, 5), ((2, 4),)),
    "GRUCell": Row(lambda: nn.GRUCell(4, 5), ((2, 4),)),
    "attention, weights": Row(lambda: Attending(nn.MultiheadAttention(8, 2), need_weights=True), ((5, 2, 8),)),
    "attention": Row(lambda: Attending(nn.MultiheadAttention(8, 2), need_weights=False), ((5, 2, 8),), twice=False),
    "encoder layer": Row(lambda: nn.TransformerEncoderLayer(8, 2, 16), ((5, 2, 8),)),
    "decoder layer": Row(lambda: nn.TransformerDecoderLayer(8, 2, 16), ((5, 2, 8), (6, 2, 8))),
    "PixelShuffle": Row(lambda: nn.PixelShuffle(2), ((1, 4, 3, 3),)),
    "CosineSimilarity": Row(nn.CosineSimilarity, ((3, 4), (3, 4))),
    "PairwiseDistance": Row(nn.PairwiseDistance, ((3, 4), (3, 4))),
    "cdist": function(lambda a, b: torch.cdist(a, b, p=1.0), (3, 4), (5, 4), twice=False),
    "pdist": function(functional.pdist, (5, 4), twice=False),
    "ReflectionPad1d": padding("ReflectionPad1d", 4),
    "ReflectionPad2d": padding("ReflectionPad2d", 4, 4),
    "ReflectionPad3d": padding("ReflectionPad3d", 4, 4, 4),
    "ReplicationPad1d": padding("ReplicationPad1d", 4),
    "ReplicationPad2d": padding("ReplicationPad2d", 4, 4),
    "ReplicationPad3d": padding("ReplicationPad3d", 4, 4, 4),
    "ZeroPad2d": padding("ZeroPad2d", 4, 4),
    "nearest": upsampling("nearest", 4, 4),
    "nearest, exact": upsampling("nearest-exact", 4, 4, 4),
    "linear upsampling": upsampling("linear", 4),
    "bilinear upsampling": upsampling("bilinear", 4, 4),
    "bicubic upsampling": upsampling("bicubic", 4, 4),
    "trilinear upsampling": upsampling("trilinear", 4, 4, 4),
    "bilinear, antialiased": function(
        lambda x: functional.interpolate(x, 3, mode="bilinear", antialias=True), (1, 2, 4, 4)
    ),
    "bicubic, antialiased": function(
        lambda x: functional.interpolate(x, 3, mode="bicubic", antialias=True), (1, 2, 4, 4)
    ),
    "bilinear sampling": sampling("bilinear", 4, 4),
    "nearest sampling": sampling("nearest", 4, 4),
    "bicubic sampling": sampling("bicubic", 4, 4),
    "trilinear sampling": sampling("bilinear", 4, 4, 4),
    "affine grid": function(lambda t: functional.affine_grid(t, [2, 1, 4, 5], align_corners=False), (2, 2, 3)),
    "embedding": function(lambda w: functional.embedding(ids(w, 2, 3), w), (5, 4)),
    "embedding bag": function(lambda w: functional.embedding_bag(ids(w, 2, 3), w), (5, 4), twice=False),
    "embedding bag, weighted": function(
        lambda w, each: functional.embedding_bag(ids(w, 2, 3), w, mode="sum", per_sample_weights=each),
        *((5, 4), (2, 3)),
        twice=False,
    ),
    **{
        name: loss(name)
        for name in (
            *("L1Loss", "MSELoss", "SmoothL1Loss", "HuberLoss", "BCELoss", "BCEWithLogitsLoss"),
            *("PoissonNLLLoss", "MultiLabelSoftMarginLoss", "CrossEntropyLoss", "HingeEmbeddingLoss"),
        )
    },
    "KLDivLoss": Row(lambda: nn.KLDivLoss(reduction="sum"), ((3, 4), (3, 4))),
    "SoftMarginLoss": function(lambda x: functional.soft_margin_loss(x, torch.ones_like(x)), (3, 4)),
    "cross entropy": function(lambda x: functional.cross_entropy(x, ids(x, 3)), (3, 4)),
    "cross entropy of pictures": function(lambda x: functional.cross_entropy(x, ids(x, 3, 2, 2)), (3, 4, 2, 2)),
    "triplets": Row(nn.TripletMarginLoss, ((3, 4), (3, 4), (3, 4))),
    "CTC": function(
        lambda x: functional.ctc_loss(
            functional.log_softmax(x, -1), ids(x, 2, 3), torch.tensor((6, 6)), torch.tensor((3, 3))
        ),
        (6, 2, 5),
        twice=False,
        meta=False,
    ),
    "margins": function(lambda x: functional.multi_margin_loss(x, ids(x, 3)), (3, 4), twice=False, meta=False),
    "label margins": function(
        lambda x: functional.multilabel_margin_loss(x, ids(x, 3, 4)), (3, 4), twice=False, meta=False
    ),
    "transform": function(lambda x: torch.fft.irfft(torch.fft.rfft(x)), (2, 8)),
    "scatter and gather": function(
        lambda x: x.scatter_add(0, ids(x, 2, 4), x[1:]).gather(0, ids(x, 2, 4)).index_select(1, ids(x, 5)), (3, 4)
    ),
    "rows and columns": function(lambda x: x[1] * x[:, 1:2].T * x.diagonal(), (3, 3)),
    "running": function(lambda x: x.cumsum(0) * x.cumprod(0) * x.cummax(0).values * x.logcumsumexp(0), (3, 4)),
    "order": function(lambda x: x.sort(0).values * x.topk(2, 0).values.sum() * x.median(), (3, 4)),
    "segments": function(
        lambda x: torch.segment_reduce(x, "mean", lengths=torch.full((2,), 2, device=x.device), unsafe=True),
        (4, 3),
        twice=False,
        meta=False,
    ),
}
CASES = [(name, device) for name, row in LAYERS.items() for device in ("cpu", "meta")[: 1 + row.meta]]


def inputs(row: Row, module: nn.Module, device: str) -> list[Tensor]:
    dtype = next((each.dtype for each in module.parameters()), torch.float32)
    return [torch.full(shape, 0.5, dtype=dtype, device=device, requires_grad=True) for shape in row.shapes]


def gradients(out: object, sources: list[Tensor], *, create_graph: bool = False) -> tuple[Tensor, ...]:
    outs = out if isinstance(out, (tuple, list)) else [out]
    total = sum(each.abs().square().sum() for each in outs if isinstance(each, Tensor) and each.requires_grad)
    assert isinstance(total, Tensor)
    return torch.autograd.grad(total, sources, create_graph=create_graph, materialize_grads=True)


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@pytest.mark.parametrize(("name", "device"), CASES)
def test_nothing_is_unknown(with_gradients: Count, name: str, device: str) -> None:
    row = LAYERS[name]
    module = row.build().to(device)
    given = inputs(row, module, device)
    sources = [*given, *module.parameters()]

    def differentiate() -> None:
        gradients(module(*given), sources)
        if row.twice:
            gradients(gradients(module(*given), sources, create_graph=True), sources)

    cost, uncounted = with_gradients(differentiate)
    assert uncounted == []
    assert cost.other_flops > 0
