"""Every operation of single layers by hand, on shapes and executed alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend
from pytest_flopbudget.errors import MeasureError


class Function(nn.Module):
    def __init__(self, function: Callable[..., object]) -> None:
        super().__init__()
        self.function = function
        self.kernel = nn.Parameter(torch.ones(64, 3, 3, 3))

    def forward(self, *inputs: torch.Tensor) -> object:
        return self.function(*inputs)


class Kernel(Function):
    def forward(self, *inputs: torch.Tensor) -> object:
        return nn.functional.conv2d(inputs[0], self.kernel, padding=1)


# A unit's gates: two sums a gate, sigmoids of 4, tanh, products and sums.
LSTM = 4 * 1 + 3 * 4 + 1 + 3 + 1 + 1
GRU = 2 * 1 + 2 * 4 + 1 + 1 + 1 + 3
SOFTMAX = 5 * 16 - 2  # of a row of 16
ATTENDED = 2 * 4 * 16 * (16 + SOFTMAX)  # scores of 4 heads of 2 sequences of 16, each scaled, in a softmax
NORM = 64 * (4 + 2 + 2) + 3  # mean and variance 4, subtract and multiply 2, weight and bias 2; the deviation
# Four linear layers with biases; what lies between and after them.
MULTI_HEAD = 2 * 16 * 4 * 64 + ATTENDED
ENCODER = MULTI_HEAD + 2 * 16 * (128 + 128 + 64) + 2 * 16 * (2 * NORM + 2 * 64)

# name: the model, its inputs, MACs, other FLOPs
LAYERS: dict[str, tuple[Callable[[], nn.Module], list[str], int, int]] = {
    "convolution at 64": (lambda: nn.Conv2d(3, 64, 3, padding=1), ["1x3x64x64"], 7_077_888, 64 * 64 * 64),
    "convolution at 128": (lambda: nn.Conv2d(3, 64, 3, padding=1), ["1x3x128x128"], 28_311_552, 64 * 128 * 128),
    "depthwise-separable": (
        lambda: nn.Sequential(nn.Conv2d(3, 3, 3, groups=3, padding=1), nn.Conv2d(3, 64, 1)),
        ["1x3x64x64"],
        897_024,
        (3 + 64) * 64 * 64,
    ),
    "transposed": (lambda: nn.ConvTranspose2d(8, 16, 3, stride=2, groups=4), ["1x8x10x10"], 28_800, 16 * 21 * 21),
    "a function": (lambda: Kernel(torch.relu), ["1x3x64x64"], 7_077_888, 0),
    "LSTM": (
        lambda: nn.LSTM(32, 64, num_layers=2, batch_first=True),
        ["2x10x32"],
        1_146_880,
        20 * 2 * (2 * 4 * 64 + LSTM * 64),
    ),
    "GRU": (lambda: nn.GRU(32, 64, batch_first=True), ["2x10x32"], 368_640, 20 * (2 * 3 * 64 + GRU * 64)),
    "encoder layer": (
        lambda: nn.TransformerEncoderLayer(64, 4, 128, batch_first=True),
        ["2x16x64"],
        1_114_112,
        ENCODER,
    ),
    "attention": (
        lambda: Function(nn.functional.scaled_dot_product_attention),
        ["2x4x16x32", "2x4x16x32", "2x4x16x32"],
        131_072,
        ATTENDED,
    ),
    "bilinear": (lambda: nn.Bilinear(20, 30, 40), ["128x20", "128x30"], 3_072_000, 128 * 40),
    "mv": (lambda: Function(torch.mv), ["32x64", "64"], 2_048, 0),
    "linear algebra": (
        lambda: Function(lambda a, b: torch.linalg.solve_triangular(a.triu() + torch.eye(8), b, upper=True)),
        ["8x8", "8x2"],
        0,
        64 + 2 * 64,
    ),
}


@pytest.mark.parametrize("backend", ["shapes", "execute"])
@pytest.mark.parametrize(("build", "inputs", "macs", "other_flops"), LAYERS.values(), ids=LAYERS)
def test_layers(
    build: Callable[[], nn.Module], inputs: list[str], macs: int, other_flops: int, backend: Backend
) -> None:
    measurement = count(build(), inputs, backend=backend)
    assert not measurement.uncounted
    assert (measurement.macs, measurement.total_flops) == (macs, 2 * macs + other_flops)


def test_multi_head_attention_that_returns_its_weights() -> None:
    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(64, 4, batch_first=True)

        def forward(self, x: torch.Tensor) -> object:
            return self.attention(x, x, x)

    on_shapes, executed = (count(Attention(), "2x16x64", backend=backend) for backend in ("shapes", "execute"))
    assert on_shapes.macs == executed.macs == 589_824
    # Queries are scaled before the scores, and the weights of four heads averaged.
    plain = MULTI_HEAD - 2 * 4 * 16 * 16
    assert on_shapes.total_flops == executed.total_flops == 2 * 589_824 + plain + 2 * 16 * 64 + 2 * 4 * 16 * 16


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning")
def test_a_nested_tensor_is_refused_by_name() -> None:
    def joined(x: torch.Tensor) -> object:
        return torch.nested.as_nested_tensor([x, x[:2]]) * 2

    for backend in ("auto", "execute"):
        with pytest.raises(MeasureError) as refused:
            count(Function(joined), "4x8", backend="auto" if backend == "auto" else "execute")
        assert str(refused.value).splitlines()[0] == (
            "cannot be counted: aten::_nested_tensor_from_tensor_list in Function works on a nested tensor, "
            "which is not counted: pad it, or give its module a @module_formula"
        )
