"""Convolutions: torch's own answer for strides, paddings, dilations and groups of plain operands."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch

from pytest_flopbudget.trace.shape_rules import convolution
from pytest_flopbudget.trace.shape_rules.marking import collect

Row = tuple[str, tuple[object, ...]]


def real(*shape: int) -> torch.Tensor:
    return torch.ones(shape)


BACKWARD = "aten::convolution_backward"
LAST = real(2, 7, 7, 8).permute(0, 3, 1, 2)
ALL = [True, True, True]
ROWS: list[Row] = [
    (BACKWARD, (real(2, 8, 5), real(2, 4, 9), real(8, 2, 3), [8], [2], [1], [1], False, [0], 2, ALL)),
    (
        BACKWARD,
        (real(2, 8, 9, 9), real(2, 8, 9, 9), real(8, 1, 3, 3), None, [1], [1], [1], False, [0], 8, [True, True, False]),
    ),
    (
        BACKWARD,
        (real(1, 8, 6, 5), real(1, 4, 5, 4), real(4, 8, 2, 2), [8], [1], [0], [1], True, [0], 1, [False, True, True]),
    ),
    ("aten::conv2d", (real(3, 8, 8), real(4, 3, 3, 3))),
    ("aten::conv2d", (real(1, 3, 1, 1), real(4, 3, 1, 1), real(4))),
    ("aten::conv2d", (real(2, 1, 5, 5), real(4, 1, 1, 1))),
    ("aten::convolution", (real(2, 4, 9), real(8, 2, 3), real(8), [2], [1], [1], False, [0], 2)),
    ("aten::convolution", (real(2, 4, 9, 8), real(8, 4, 3, 2), None, [1, 1], [1, 1], [2, 2], False, [0, 0], 1)),
    ("aten::convolution", (real(1, 4, 5, 4), real(4, 8, 3, 3), None, [2, 2], [1, 1], [1, 1], True, [1, 1], 1)),
    ("aten::conv_transpose2d.input", (real(4, 5, 4), real(4, 8, 3, 3))),
    ("aten::conv_transpose2d.input", (real(1, 4, 5, 4), real(4, 8, 3, 3), None, [2, 2], [1, 1], [1, 1])),
]


def test_every_rule_is_tested() -> None:
    spatial = {f"aten::conv{dims}d" for dims in (1, 2, 3)}
    transposed = {"aten::conv_transpose1d", "aten::conv_transpose2d.input", "aten::conv_transpose3d.input"}
    assert spatial | transposed | {"aten::convolution", BACKWARD} == set(collect((convolution,)))


@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_torchs_answer(groups: int, dilation: int, agrees: Callable[..., bool]) -> None:
    for stride, padding in itertools.product((1, 2, 3), (0, 1, 2)):
        attributes = [[stride], [padding], [dilation], groups]
        assert agrees("aten::conv1d", real(2, 4, 9), real(8, 4 // groups, 3), real(8), *attributes)
        assert agrees("aten::conv2d", real(2, 4, 9, 8), real(8, 4 // groups, 3, 2), None, *attributes)
        assert agrees("aten::conv3d", real(1, 4, 7, 6, 8), real(4, 4 // groups, 3, 2, 1), real(4), *attributes)
        transposed = [[stride], [padding], [0], groups, [dilation]]
        assert agrees("aten::conv_transpose1d", real(2, 4, 5), real(4, 8 // groups, 3), real(8), *transposed)
        weight = real(4, 8 // groups, 3, 3)
        assert agrees("aten::conv_transpose2d.input", real(2, 4, 5, 4), weight, None, *transposed)
        weight = real(4, 4 // groups, 3, 3, 3)
        assert agrees("aten::conv_transpose3d.input", real(1, 4, 4, 4, 5), weight, None, *transposed)


@pytest.mark.parametrize(("overload", "args"), ROWS)
def test_special_forms(overload: str, args: tuple[object, ...], agrees: Callable[..., bool]) -> None:
    assert agrees(overload, *args)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_images_with_channels_last_stay_so(dtype: torch.dtype, agrees: Callable[..., bool]) -> None:
    plain, last = real(2, 8, 7, 7).to(dtype), LAST.to(dtype)
    kernel = real(8, 8, 3, 2).to(dtype)
    kernel_last = kernel.contiguous(memory_format=torch.channels_last)
    for image, weight in ((last, kernel), (plain, kernel_last), (last, kernel_last), (last[..., 1:], kernel)):
        assert agrees("aten::conv2d", image, weight, None, [2], [1], [2])
        assert agrees("aten::conv_transpose2d.input", image, weight, None, [2])
        assert agrees("aten::convolution", image, weight, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1)
    assert agrees("aten::conv2d", last[:, ::2], real(4, 1, 3, 3).to(dtype), None, [1], [0], [1], 4)


def test_a_gradient_in_any_layout(agrees: Callable[..., bool], in_every_layout: Callable[..., Any]) -> None:
    attributes = ([4], [4, 4], [0, 0], [1, 1], False, [0, 0], 1, ALL)
    for args in in_every_layout(((2, 4, 4, 4), real(2, 3, 16, 16), real(4, 3, 4, 4), *attributes)):
        assert agrees(BACKWARD, *args)


@pytest.mark.parametrize(
    ("overload", "args"),
    [
        ("aten::conv2d", (real(1, 4, 5, 5), real(8, 3, 3, 3))),
        ("aten::conv2d", (real(1, 3, 2, 2), real(8, 3, 3, 3))),
        ("aten::conv2d", (real(1, 3, 5, 5), real(8, 3, 3, 3), real(7))),
        ("aten::conv2d", (real(1, 3, 5, 5, 5), real(8, 3, 3, 3, 3))),
        ("aten::conv2d", (real(1, 3, 5, 5), real(8, 3, 3, 3), None, [0])),
        ("aten::conv2d", (real(1, 3, 5, 5), real(8, 3, 3, 3), None, [1], [-1])),
        ("aten::conv2d", (real(1, 4, 5, 5), real(7, 2, 3, 3), None, [1], [0], [1], 2)),
        ("aten::conv2d", (LAST.double(), real(8, 8, 3, 3).double())),
        ("aten::conv2d", (real(1, 3, 5, 5).transpose(2, 3), real(8, 3, 3, 3))),
        ("aten::conv2d", (LAST[0], real(8, 8, 3, 3))),
        (
            BACKWARD,
            (real(2, 8, 7, 7), LAST, real(8, 8, 1, 1), [8], [1], [0], [1], False, [0], 1, ALL),
        ),
        ("aten::convolution", (real(4, 9, 8), real(8, 4, 3, 2), None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1)),
        ("aten::conv_transpose2d.input", (real(1, 3, 5, 5), real(4, 3, 3, 3))),
        ("aten::conv_transpose2d.input", (real(1, 3, 5, 5), real(3, 8, 3, 3), real(8).half())),
        ("aten::conv_transpose2d.input", (real(1, 4, 5, 5), real(4, 3, 3, 3), None, [2], [0], [2])),
        ("aten::conv_transpose2d.input", (real(1, 4, 5, 5), real(4, 3, 3, 3), None, [0])),
        # (1 - 1) * 1 - 2 * 1 + 1 * (1 - 1) + 0 + 1 is less than nothing.
        ("aten::conv_transpose2d.input", (real(1, 4, 1, 1), real(4, 3, 1, 1), None, [1], [1])),
        # Some kernels take a gradient of another type.
        (BACKWARD, (real(2, 1, 3).bfloat16(), real(2, 1, 3), real(1, 1, 1), [1], [1], [0], [1], False, [0], 1, ALL)),
        (BACKWARD, (real(0, 8, 7, 7), real(0, 8, 7, 7), real(8, 8, 1, 1), [8], [1], [0], [1], False, [0], 1, ALL)),
        (BACKWARD, (real(2, 8, 7, 7), real(2, 8, 7, 7), real(8, 8, 1, 1), None, [1], [0], [1], False, [0], 1, ALL)),
    ],
)
def test_stepping_aside(overload: str, args: tuple[object, ...], steps_aside: Callable[..., bool]) -> None:
    assert steps_aside(overload, *args)
