"""Pooling and interpolation: torch's own answer for plain images."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch

from pytest_flopbudget.trace.shape_rules import pooling, upsampling
from pytest_flopbudget.trace.shape_rules.marking import collect

Row = tuple[str, tuple[object, ...]]


def real(*shape: int) -> torch.Tensor:
    return torch.ones(shape)


MAX, AVERAGE, ADAPTIVE = "aten::max_pool2d", "aten::avg_pool2d", "aten::adaptive_avg_pool2d"
INDICES, OF_MAX = "aten::max_pool2d_with_indices", "aten::max_pool2d_with_indices_backward"
OF_AVERAGE = "aten::avg_pool2d_backward"
PLACES = torch.zeros(2, 3, 4, 4, dtype=torch.int64)
BILINEAR, NEAREST = "aten::upsample_bilinear2d.vec", "aten::upsample_nearest2d.vec"

ROWS: list[Row] = [
    (MAX, (real(3, 9, 8), [2])),
    (MAX, (real(1, 3, 9, 8), [2], [2], [0], [2])),
    (AVERAGE, (real(1, 3, 9, 8), [2], [], [1], False, False, 3)),
    (INDICES, (real(2, 3, 9, 8), [3, 3], [2, 2], [1, 1])),
    (INDICES, (real(3, 9, 8), [2, 2], [], [0, 0], [2, 2])),
    (OF_MAX, (real(2, 3, 4, 4), real(2, 3, 9, 8), [2, 2], [2, 2], [0, 0], [1, 1], False, PLACES)),
    (OF_AVERAGE, (real(2, 3, 4, 4), real(2, 3, 9, 8), [2, 2], [2, 2], [0, 0], False, True, None)),
    (ADAPTIVE, (real(2, 3, 9, 8), [1, 1])),
    (ADAPTIVE, (real(2, 3, 9, 8), [3, 2])),
    (ADAPTIVE, (real(2, 3, 9, 8), [7, 7])),
    (ADAPTIVE, (real(3, 9, 8), [2, 2])),
    (BILINEAR, (real(1, 2, 4, 3), [4, 6], False, None)),
    (BILINEAR, (real(1, 2, 4, 3), [7, 3], False, None)),
    (BILINEAR, (real(1, 2, 4, 3), None, True, [2.0, 1.5])),
    (NEAREST, (real(1, 2, 4, 3), [4, 6], None)),
    (NEAREST, (real(1, 2, 4, 3), None, [0.5, 2.0])),
]


def test_every_rule_is_tested() -> None:
    assert {overload for overload, _ in ROWS} == set(collect((pooling, upsampling)))


@pytest.mark.parametrize(("overload", "args"), ROWS)
def test_torchs_answer(overload: str, args: tuple[object, ...], agrees: Callable[..., bool]) -> None:
    assert agrees(overload, *args)


@pytest.mark.parametrize("overload", [MAX, AVERAGE])
def test_windows(overload: str, agrees: Callable[..., bool]) -> None:
    for kernel, stride, padding in itertools.product((2, 3), (1, 2), (0, 1)):
        assert agrees(overload, real(2, 3, 9, 8), [kernel], [stride], [padding])


@pytest.mark.parametrize(
    ("overload", "args"),
    [
        (MAX, (real(1, 3, 9, 8), [2], [2], [2])),
        (MAX, (real(1, 3, 9, 8), [2], [2], [0], [1], True)),
        (MAX, (real(1, 3, 1, 1), [2])),
        (INDICES, (real(1, 3, 9, 8).to(memory_format=torch.channels_last), [2])),
        (OF_AVERAGE, (real(2, 3, 4, 4).transpose(2, 3), real(2, 3, 9, 8), [2, 2], [2, 2], [0, 0], False, True, None)),
        # A size of 1 lets its layout be either of two, and torch chooses.
        (AVERAGE, (real(2, 4, 4, 1).permute(0, 3, 1, 2), [2])),
        (MAX, (real(2, 4, 4, 1).permute(0, 3, 1, 2), [2])),
        (AVERAGE, (real(9, 8), [2])),
        (ADAPTIVE, (real(9, 8), [2, 2])),
        (NEAREST, (real(1, 2, 4), [8], None)),
        (NEAREST, (real(1, 2, 4, 3), None, [2.0, 2.0, 2.0])),
        (NEAREST, (real(1, 2, 4, 3), None, [2.0, 0.1])),
        (NEAREST, (real(3, 2, 4, 1).permute(0, 3, 1, 2), [3, 1], None)),
        (BILINEAR, (real(1, 2, 4, 3), [4, 6], False, [2.0, 2.0])),
    ],
)
def test_stepping_aside(overload: str, args: tuple[object, ...], steps_aside: Callable[..., bool]) -> None:
    assert steps_aside(overload, *args)
