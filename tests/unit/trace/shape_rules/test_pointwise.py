"""Pointwise operators on one tensor: torch's own answer, in every layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from pytest_flopbudget.trace.shape_rules import pointwise
from pytest_flopbudget.trace.shape_rules.marking import collect

SHAPES = ((), (5,), (2, 1, 3), (2, 3, 4, 5), (1, 3, 1, 2))
NUMBERS: dict[str, tuple[object, ...]] = {
    "aten::clamp": (0.5,),
    "aten::clamp_": (None, 0.5),
    "aten::clip": (0.5,),
    "aten::clip_": (None, 0.5),
    "aten::clamp_min": (0.5,),
    "aten::clamp_max": (0.5,),
    "aten::pow.Tensor_Scalar": (2,),
}
OTHERS = {"aten::glu", "aten::bitwise_not"}
RULES = collect((pointwise,))


@pytest.mark.parametrize("overload", sorted(set(RULES) - OTHERS))
def test_torchs_answer(
    overload: str,
    agrees: Callable[..., bool],
    in_every_layout: Callable[[tuple[object, ...]], Iterator[tuple[object, ...]]],
) -> None:
    # An expanded tensor cannot be written to, and the rule steps aside.
    in_place = overload.endswith("_")
    given = [
        agrees(overload, *args) for shape in SHAPES for args in in_every_layout((shape, *NUMBERS.get(overload, ())))
    ]
    assert given.count(False) == (3 if in_place else 0)
    assert agrees(overload, torch.ones(2, 3, dtype=torch.float16), *NUMBERS.get(overload, ()))
    assert agrees(overload, torch.ones(0, 3), *NUMBERS.get(overload, ()))


def test_negated_masks(agrees: Callable[..., bool]) -> None:
    assert agrees("aten::bitwise_not", torch.ones(2, 3, dtype=torch.bool).t())
    assert agrees("aten::bitwise_not", torch.ones(2, 3, dtype=torch.int64))
    assert agrees("aten::logical_not", torch.ones(2, 3, dtype=torch.bool))


@pytest.mark.parametrize(("shape", "dim"), [((4,), 0), ((2, 6, 3), 1), ((2, 3, 4), -1), ((2, 4, 3, 5), 1)])
def test_gates(
    shape: tuple[int, ...],
    dim: int,
    agrees: Callable[..., bool],
    in_every_layout: Callable[[tuple[object, ...]], Iterator[tuple[object, ...]]],
) -> None:
    assert all(agrees("aten::glu", *args) for args in in_every_layout((shape, dim)))


@pytest.mark.parametrize(
    ("overload", "args"),
    [
        ("aten::exp", (torch.ones(2, 3, dtype=torch.int64),)),
        ("aten::neg", (torch.ones(2, 3, dtype=torch.complex64),)),
        ("aten::relu_", (torch.ones(1, 3).expand(2, 3),)),
        ("aten::exp", (torch.ones(0, 3).t(),)),
        ("aten::clamp", (torch.ones(2, 3),)),
        ("aten::clamp_", (torch.ones(2, 3),)),
        ("aten::pow.Tensor_Scalar", (torch.ones(2, 3), 2j)),
        ("aten::bitwise_not", (torch.ones(2, 3),)),
        ("aten::glu", (torch.ones(2, 3), 1)),
        ("aten::glu", (torch.ones(2, 4), 2)),
    ],
)
def test_stepping_aside(overload: str, args: tuple[object, ...], steps_aside: Callable[..., bool]) -> None:
    assert steps_aside(overload, *args)
