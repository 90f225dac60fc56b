"""What the bytes of a limit that is not kept are made up of."""

from __future__ import annotations

from itertools import pairwise

import pytest
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.sizes import sizes
from pytest_flopbudget.judge.verdicts import Check

INT8 = Deployment(weight_dtype="int8", bias_dtype="int32", activation_dtype="int8", fusion="conv-bn-act")
# What the first convolution reads and writes, then the second.
TRAFFIC = {"0": 4 * (3 * 16 + (3 * 8 + 8) + 8 * 16), "1": 4 * (8 * 16 + 8 * 16), "2": 4 * (8 * 16 + (8 * 4 + 4) + 64)}


def net() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 1), nn.ReLU(), nn.Conv2d(8, 4, 1)).eval()


@pytest.mark.parametrize(
    ("metric", "target", "told"),
    [
        ("weight_bytes", "", [("2", 4 * (8 * 4 + 4)), ("0", 4 * (3 * 8 + 8))]),
        ("weight_bytes", "board", [("0", 3 * 8 + 4 * 8), ("2", 8 * 4 + 4 * 4)]),
        ("traffic_bytes", "", [("1", TRAFFIC["1"]), ("2", TRAFFIC["2"]), ("0", TRAFFIC["0"])]),
        (
            "largest_tensor_bytes",
            "board",
            [
                ("1x8x4x4 int8, aten::conv2d in 0", 8 * 16),
                ("1x4x4x4 int8, aten::conv2d in 2", 4 * 16),
                ("1x3x4x4 int8, an input of the model", 3 * 16),
            ],
        ),
        ("macs", "", None),
        ("io_bytes", "", None),
    ],
)
def test_the_largest_stand_first(metric: str, target: str, told: list[tuple[str, int]] | None) -> None:
    limit = Limit(metric=metric, value=1, place=Place("pyproject.toml", 3), source="1", target=target)
    found = sizes([Check(limit, 10_000)], count(net(), "1x3x4x4"), {"": AS_IT_IS, "board": INT8})
    assert {name: list(parts.items()) for name, parts in found.items()} == ({} if told is None else {limit.name: told})


def test_of_tensors_the_five_largest_are_told() -> None:
    widths = (3, 7, 1, 6, 2, 5, 4)
    layers = (nn.Linear(before, after) for before, after in pairwise(widths))
    limit = Limit(metric="largest_tensor_bytes", value=1, place=Place("pyproject.toml", 3), source="1 B")
    found = sizes([Check(limit, 4 * 7)], count(nn.Sequential(*layers).eval(), "1x3"), {"": AS_IT_IS})
    assert found["largest_tensor_bytes"] == {
        "1x7 float32, aten::linear in 0": 4 * 7,
        "1x6 float32, aten::linear in 2": 4 * 6,
        "1x5 float32, aten::linear in 4": 4 * 5,
        "1x4 float32, aten::linear in 5": 4 * 4,
        "1x3 float32, an input of the model": 4 * 3,
    }


def test_a_limit_that_is_kept_tells_nothing() -> None:
    limit = Limit(metric="weight_bytes", value=1000, place=Place("pyproject.toml", 3), source="1 kB")
    assert sizes([Check(limit, 272)], count(net(), "1x3x4x4"), {"": AS_IT_IS}) == {}
