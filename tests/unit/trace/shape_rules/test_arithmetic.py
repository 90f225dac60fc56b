"""Pointwise operators on several tensors: torch's own answer, in every combination of layouts and types."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from pytest_flopbudget.trace.shape_rules import arithmetic
from pytest_flopbudget.trace.shape_rules.marking import collect

Args = tuple[object, ...]
Layouts = Callable[[Args], Iterator[Args]]

PAIRS: list[Args] = [((2, 3), (2, 3)), ((2, 3, 4), (4,)), ((2, 1, 4), (3, 1)), ((2, 3), ()), ((2, 3, 2, 4), (3, 1, 4))]
NUMBER: list[Args] = [((2, 1, 3), 2), ((2, 3), 0.5)]
MASKED: list[Args] = [((2, 3, 4), torch.ones(2, 3, 4) > 0), ((2, 3, 4), torch.ones(3, 1) > 0)]
WIDER: list[Args] = [((2, 3, 4), torch.ones(5, 1, 3, 1) > 0)]
COMPARED = {name: PAIRS if name.endswith("Tensor") else NUMBER for name in arithmetic.COMPARISONS}

ROWS: dict[str, list[Args]] = {
    **dict.fromkeys(("aten::add.Tensor", "aten::sub.Tensor", "aten::mul.Tensor", "aten::div.Tensor"), PAIRS + NUMBER),
    **dict.fromkeys(("aten::maximum", "aten::minimum", "aten::pow.Tensor_Tensor", "aten::atan2"), PAIRS),
    **dict.fromkeys(("aten::add_.Tensor", "aten::sub_.Tensor", "aten::mul_.Tensor", "aten::div_.Tensor"), NUMBER),
    **dict.fromkeys(("aten::add.Scalar", "aten::sub.Scalar", "aten::mul.Scalar", "aten::div.Scalar"), NUMBER),
    **dict.fromkeys(("aten::add_.Scalar", "aten::sub_.Scalar", "aten::mul_.Scalar", "aten::div_.Scalar"), NUMBER[1:]),
    **COMPARED,
    "aten::true_divide.Tensor": PAIRS + NUMBER,
    "aten::rsub.Scalar": NUMBER,
    "aten::logical_and": PAIRS,
    "aten::logical_or": PAIRS,
    "aten::addcmul": [((2, 4), (3, 2, 4), (1,))],
    "aten::addcdiv": [((2, 4), (2, 1), (2, 4))],
    "aten::lerp.Scalar": [(*pair, 0.5) for pair in PAIRS[:2]],
    "aten::lerp.Tensor": [((2, 4), (2, 1), (2, 4))],
    "aten::masked_fill.Scalar": [(*args, 0.0) for args in MASKED + WIDER],
    "aten::masked_fill.Tensor": [(*args, torch.tensor(0.0)) for args in MASKED + WIDER],
    "aten::masked_fill_.Scalar": [(*args, 0) for args in MASKED],
    "aten::masked_fill_.Tensor": [(*args, torch.tensor(0.0)) for args in MASKED],
    "aten::where.self": [(torch.ones(3, 1) > 0, (2, 3, 4), (4,)), (torch.ones(4, 3).t() > 0, (3, 4), (3, 4))],
    "aten::where.ScalarOther": [(torch.ones(3, 1) > 0, (2, 3, 4), 0.0)],
    "aten::where.ScalarSelf": [(torch.ones(4, 3).t() > 0, 0.0, (3, 4))],
}
BY_KEYWORD: dict[str, dict[str, object]] = {"aten::div.Tensor_mode": {"rounding_mode": "floor"}}
OF_MASKS = {"aten::bitwise_and.Tensor", "aten::bitwise_or.Tensor"}


def test_every_rule_has_its_rows() -> None:
    assert {*ROWS, *BY_KEYWORD, *OF_MASKS} == set(collect((arithmetic,)))


@pytest.mark.parametrize("overload", ROWS)
def test_torchs_answer(overload: str, agrees: Callable[..., bool], in_every_layout: Layouts) -> None:
    for row in ROWS[overload]:
        given = [agrees(overload, *args) for args in in_every_layout(row)]
        # An expanded tensor cannot be written to, and the rule steps aside.
        assert given.count(False) == (1 if overload.split(".", maxsplit=1)[0].endswith("_") else 0)


def test_by_keyword(agrees: Callable[..., bool], in_every_layout: Layouts) -> None:
    for args in in_every_layout(((2, 3, 4), (3, 1))):
        assert agrees("aten::div.Tensor_mode", *args, rounding_mode="floor")
        assert agrees("aten::add.Tensor", *args, alpha=2)
        assert agrees("aten::addcmul", *args, torch.ones(4), value=2)


@pytest.mark.parametrize("overload", sorted(OF_MASKS))
def test_masks(overload: str, agrees: Callable[..., bool]) -> None:
    assert agrees(overload, torch.ones(3, 2).t() > 0, torch.ones(2, 1) > 0)


HALF, DOUBLE = torch.float16, torch.float64


@pytest.mark.parametrize("overload", ["aten::add.Tensor", "aten::mul.Tensor", "aten::div.Tensor", "aten::maximum"])
def test_types_are_promoted(overload: str, agrees: Callable[..., bool]) -> None:
    kinds = (HALF, torch.bfloat16, torch.float32, DOUBLE, torch.int64, torch.bool)
    for kind in kinds[:4]:
        for other in kinds:
            assert agrees(overload, torch.ones(2, 3, dtype=kind), torch.ones(3, dtype=other))
            assert agrees(overload, torch.ones(2, 3, dtype=kind), torch.ones((), dtype=other))
            assert agrees(overload, torch.ones(3, dtype=other), torch.ones(2, 3, dtype=kind))


def test_chosen_types_are_promoted(agrees: Callable[..., bool]) -> None:
    mask = torch.ones(3) > 0
    assert agrees("aten::where.self", mask, torch.ones(2, 3, dtype=HALF), torch.ones(3))
    assert agrees("aten::where.self", mask, torch.ones((), dtype=DOUBLE), torch.ones(3))
    assert agrees("aten::where.ScalarOther", mask, torch.ones(2, 3, dtype=HALF), 0.0)
    assert agrees("aten::where.ScalarOther", mask, torch.ones(2, 3, dtype=torch.int64), 0)
    assert agrees("aten::where.ScalarSelf", mask, 0.5, torch.ones(2, 3, dtype=torch.int64))
    assert agrees("aten::masked_fill.Scalar", torch.ones(2, 3, dtype=HALF), mask, float("-inf"))


@pytest.mark.parametrize(
    ("overload", "args"),
    [
        ("aten::add.Tensor", (torch.ones(2, 3), torch.ones(2, 4))),
        ("aten::add.Tensor", (torch.ones(2, dtype=torch.int64), torch.ones(2, dtype=torch.int64))),
        ("aten::mul.Tensor", (torch.ones(2, 3), 2j)),
        ("aten::add_.Tensor", (torch.ones(2, 1), torch.ones(2, 3))),
        ("aten::add_.Tensor", (torch.ones(2, 3), torch.ones(2, 3, dtype=DOUBLE))),
        ("aten::eq.Tensor", (torch.ones(2, 3, dtype=torch.complex64), torch.ones(2, 3))),
        ("aten::bitwise_and.Tensor", (torch.ones(2, dtype=torch.int64), torch.ones(2, dtype=torch.int64))),
        ("aten::addcmul", (torch.ones(2), torch.ones(2), torch.ones(2, dtype=DOUBLE))),
        ("aten::lerp.Scalar", (torch.ones(2), torch.ones(2, dtype=DOUBLE), 0.5)),
        ("aten::where.self", (torch.ones(2), torch.ones(2), torch.ones(2))),
        ("aten::masked_fill.Scalar", (torch.ones(2, 3), torch.ones(4) > 0, 0.0)),
        ("aten::masked_fill.Scalar", (torch.ones(2, 3), torch.ones(3), 0.0)),
        ("aten::masked_fill_.Scalar", (torch.ones(3), torch.ones(2, 3) > 0, 0.0)),
        ("aten::masked_fill_.Tensor", (torch.ones(3), torch.ones(3) > 0, torch.ones(1))),
    ],
)
def test_stepping_aside(overload: str, args: Args, steps_aside: Callable[..., bool]) -> None:
    assert steps_aside(overload, *args)
