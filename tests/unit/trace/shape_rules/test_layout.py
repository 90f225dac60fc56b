"""The layout of what torch's iterator makes, on random operands: strides in any order, gaps, and sizes that stretch."""

from __future__ import annotations

import random

import pytest
import torch

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules.layout import broadcast, elementwise, is_dense, is_plain, overlaps


def laid_out(draw: random.Random, shape: list[int]) -> torch.Tensor:
    order = draw.sample(range(len(shape)), len(shape))
    gaps = draw.choice((0, 0, 1))
    base = torch.ones([shape[dim] + gaps for dim in order])
    cut = base[tuple(slice(shape[dim]) for dim in order)]
    tensor = cut.permute([order.index(dim) for dim in range(len(shape))])
    if draw.random() < 0.2:
        tensor = tensor[tuple(slice(draw.choice((1, size))) for size in shape)].expand(shape)
    return tensor


def operands(draw: random.Random) -> list[torch.Tensor]:
    shape = [draw.choice((1, 1, 2, 3, 4)) for _ in range(draw.randrange(6))]
    shapes = [[draw.choice((1, size, size, size)) for size in shape] for _ in range(draw.randint(1, 3))]
    return [laid_out(draw, each[draw.choice((0, 0, 0, len(shape) // 2)) :]) for each in shapes]


@pytest.mark.parametrize("seed", range(40))
def test_the_iterators_layout(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(50):
        tensors = operands(draw)
        expected = (torch.ops.aten.exp, torch.ops.aten.add, torch.ops.aten.addcmul)[len(tensors) - 1](*tensors)
        out = elementwise(torch.float32, *(dataless(each.shape, each.dtype, stride=each.stride()) for each in tensors))
        assert out is not None
        told = [(each.shape, each.stride()) for each in tensors]
        assert (out.shape, out.stride()) == (expected.shape, expected.stride()), told


def test_what_is_not_sure_or_does_not_fit() -> None:
    assert elementwise(torch.float32, torch.ones(3, 0).t()) is None
    assert elementwise(torch.float32, torch.ones(3), torch.ones(2)) is None


def test_broadcasting() -> None:
    assert broadcast((2, 1, 3), (4, 1), ()) == (2, 4, 3)
    assert broadcast((1,), (0,)) == (0,)
    assert broadcast((2,), (3,)) is None


def test_kinds_of_layouts() -> None:
    assert is_plain(torch.ones(2, 3))
    assert is_plain(torch.ones(2, 0, 3))
    assert not is_plain(torch.ones(2, 3).t())
    assert not is_plain(torch.ones(2, 1).as_strided((2, 1), (1, 5)))
    assert is_dense((2, 3), (1, 2))
    assert is_dense((2, 1, 3), (1, 9, 2))
    assert not is_dense((2, 3), (6, 2))
    assert overlaps(torch.ones(1, 3).expand(2, 3))
    assert not overlaps(torch.ones(1, 3).expand(1, 3))
