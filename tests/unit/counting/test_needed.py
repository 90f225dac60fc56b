"""What a runtime must know, of small models whose operators are written out here."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from pytest_flopbudget import count
from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.needed import names_of, needed_steps

FUSED = Deployment(fusion="conv-bn-act")


class Around(nn.Module):
    """Its ReLU writes over what is read once more, so that it cannot be computed with the convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        z = y * 2
        return z + functional.relu_(y)


def layers(*, inplace: bool) -> nn.Module:
    parts = OrderedDict(conv=nn.Conv2d(3, 6, 3, stride=2, padding=1), norm=nn.BatchNorm2d(6), act=nn.ReLU(inplace))
    return nn.Sequential(OrderedDict(**parts, flat=nn.Flatten(), drop=nn.Dropout(), head=nn.Linear(96, 4)))


CONV = ["aten::conv2d", "aten::batch_norm"]
NEEDED = (
    ("nothing fused", layers(inplace=False), Deployment(), [*CONV, "aten::relu", "aten::linear"]),
    ("in place", layers(inplace=True), Deployment(), [*CONV, "aten::relu_", "aten::linear"]),
    ("norm", layers(inplace=False), Deployment(fusion="conv-bn"), ["aten::conv2d", "aten::relu", "aten::linear"]),
    ("all", layers(inplace=False), FUSED, ["aten::conv2d", "aten::linear"]),
    ("all, in place", layers(inplace=True), FUSED, ["aten::conv2d", "aten::linear"]),
    ("read in between", Around(), FUSED, ["aten::conv2d", "aten::mul", "aten::relu_", "aten::add"]),
    (
        "copies",
        layers(inplace=False),
        Deployment(fusion="conv-bn-act", explicit_padding=True, activation_dtype="int8", io_dtype="float32"),
        ["quantise", "pad", "aten::conv2d", "aten::linear", "dequantise"],
    ),
)


@pytest.mark.parametrize(
    ("model", "deployment", "expected"), [each[1:] for each in NEEDED], ids=[each[0] for each in NEEDED]
)
def test_needed(model: nn.Module, deployment: Deployment, expected: list[str]) -> None:
    measurement = count(model.eval(), "1x3x8x8")
    assert [step.operator for step in needed_steps(measurement, deployment)] == expected


def names(model: nn.Module, input: str = "1x4x8x8", deployment: Deployment = FUSED) -> list[tuple[str, ...]]:
    return [names_of(step) for step in needed_steps(count(model.eval(), input), deployment)]


class Heads(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        return torch.sigmoid(x), functional.max_pool2d(x, 2), functional.interpolate(x, scale_factor=2.0), x.sin()


def test_the_names_of_tensorflow_lite() -> None:
    assert names(nn.Conv2d(4, 8, 1)) == [("aten::conv2d", "CONV_2D")]
    assert names(nn.Conv2d(4, 4, 3, groups=4)) == [("aten::conv2d", "DEPTHWISE_CONV_2D")]
    assert names(nn.Conv2d(4, 4, 3, groups=2)) == [("aten::conv2d", "CONV_2D")]
    assert names(nn.ConvTranspose2d(4, 4, 2)) == [("aten::conv_transpose2d", "TRANSPOSE_CONV")]
    assert names(Heads()) == [
        ("aten::sigmoid", "LOGISTIC"),
        ("aten::max_pool2d", "MAX_POOL_2D"),
        ("aten::upsample_nearest2d", "RESIZE_NEAREST_NEIGHBOR"),
        ("aten::sin",),
    ]
    copies = Deployment(explicit_padding=True)
    assert names(nn.Conv2d(4, 8, 3, stride=2, padding=1), deployment=copies)[0] == (
        "aten::pad",
        "aten::constant_pad_nd",
        "PAD",
        "PADV2",
    )
