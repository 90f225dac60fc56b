"""The peak of a measurement on a deployment, and why its arena is larger than that."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.judge.memory import Beside, peak_of

TFLM = Deployment(activation_dtype="int8", weight_dtype="int8", fusion="conv-bn-act", planner="tflm-greedy")


class Streaming(nn.Module):
    """Keeps the end of what came in for the next call."""

    past: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(8, 8, 3)
        self.register_buffer("past", torch.zeros(1, 8, 2))

    def forward(self, x: Tensor) -> Tensor:
        joined = torch.cat([self.past, x], 2)
        self.past.copy_(joined[:, :, -2:])
        out: Tensor = self.conv(joined)
        return out


def test_what_stands_on_what_where_an_arena_has_gaps() -> None:
    # The beginning of MobileNetV1 with a quarter of its channels: of 3, 8, 8 and 16 channels.
    stem = nn.Conv2d(3, 8, 3, 2, 1)
    net = nn.Sequential(stem, nn.ReLU(), nn.Conv2d(8, 8, 3, 1, 1, groups=8), nn.ReLU(), nn.Conv2d(8, 16, 1))
    found = peak_of(count(net.eval(), "1x3x96x96"), TFLM)
    assert (found.bytes, found.placed) == ((8 + 16) * 48 * 48, (16 + 8 + 8) * 48 * 48)
    assert [(each.module, each.bytes, each.offset) for each in found.stack] == [
        ("0", 8 * 48 * 48, (16 + 8) * 48 * 48),
        ("2", 8 * 48 * 48, 16 * 48 * 48),
        ("4", 16 * 48 * 48, 0),
    ]
    # The first and the last are never alive at the same step.
    assert found.beside == ()


class Branching(nn.Module):
    """Reads what stands in the middle once more, when what was below it is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.between = nn.Conv2d(8, 8, 3, 1, 1, groups=8)
        self.wide, self.narrow = nn.Conv2d(8, 16, 1), nn.Conv2d(8, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        between = self.between(self.stem(x))
        mean = self.wide(between).mean()
        out: Tensor = self.narrow(between) + mean
        return out


def test_of_all_that_lay_below_the_highest_is_told() -> None:
    found = peak_of(count(Branching().eval(), "1x3x96x96"), TFLM)
    assert [(each.module, each.bytes, each.offset) for each in found.stack] == [
        ("stem", 8 * 48 * 48, (16 + 8) * 48 * 48),
        ("between", 8 * 48 * 48, 16 * 48 * 48),
        ("wide", 16 * 48 * 48, 0),
    ]


def test_what_was_gone_before_is_no_part_of_the_stack() -> None:
    # The input has 16 as well and lies at 0, but is gone when the second is made. The last two take 31 of 32.
    stem, between = nn.Conv2d(4, 8, 3, 2, 1), nn.Conv2d(8, 8, 3, 1, 1, groups=8)
    net = nn.Sequential(stem, between, nn.Conv2d(8, 16, 1), nn.Conv2d(16, 15, 1))
    found = peak_of(count(net.eval(), "1x4x96x96"), TFLM)
    assert (found.bytes, found.placed) == ((16 + 15) * 48 * 48, (16 + 8 + 8) * 48 * 48)
    assert [(each.operator, each.module, each.offset) for each in found.stack] == [
        ("aten::conv2d", "0", (16 + 8) * 48 * 48),
        ("aten::conv2d", "1", 16 * 48 * 48),
        ("aten::conv2d", "2", 0),
    ]


def test_copies_are_told_apart() -> None:
    found = peak_of(count(nn.Linear(8, 4).eval(), "1x8"), replace(TFLM, io_dtype="float32"))
    assert [(each.operator, each.bytes, each.copy) for each in found.alive] == [
        ("", 4 * 8, False),
        ("quantise", 8, True),
    ]


def test_the_first_step_and_none() -> None:
    first = peak_of(count(nn.Linear(8, 4).eval(), "1x8"), TFLM)
    assert (first.step, first.steps, first.operator, first.bytes) == (1, 1, "aten::linear", 8 + 4)
    none = peak_of(count(nn.Identity(), "1x8"), TFLM)
    assert (none.step, none.steps, none.operator, none.module, none.bytes) == (0, 0, "", "", 8)


def test_without_gaps_nothing_stands_on_anything() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 1), nn.ReLU(), nn.Conv2d(8, 4, 1)).eval()
    found = peak_of(count(net, "1x3x4x4"), TFLM)
    assert (found.bytes, found.placed, found.stack) == ((8 + 4) * 4 * 4, (8 + 4) * 4 * 4, ())


def test_what_an_arena_has_beside_activations() -> None:
    deployment = replace(TFLM, weights_in="ram", arena_overhead=1000)
    found = peak_of(count(Streaming().eval(), "1x8x10"), deployment)
    assert found.placed == 8 * (10 + 12)
    assert found.beside == (
        Beside("weights", 8 * 8 * 3 + 8),
        Beside("the runtime's own", 1000),
        Beside("past, kept between calls", 8 * 2),
    )
