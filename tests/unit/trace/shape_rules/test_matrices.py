"""Linear layers and matrix products: torch's own answer, in every combination of layouts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from pytest_flopbudget.trace.shape_rules import matrices
from pytest_flopbudget.trace.shape_rules.marking import collect

Args = tuple[object, ...]

ROWS: dict[str, list[Args]] = {
    "aten::linear": [
        ((5,), (7, 5), (7,)),
        ((3, 5), (7, 5), (7,)),
        ((2, 3, 5), (7, 5), (7,)),
        ((2, 3, 5), (7, 5)),
        ((2, 1, 3, 5), (7, 5), torch.ones(7)),
        ((2, 2, 3, 5), (7, 5)),
        ((2, 1, 2, 3, 5), torch.ones(7, 5), torch.ones(7)),
        (torch.ones(0, 5), (7, 5), (7,)),
    ],
    "aten::mm": [((3, 5), (5, 2)), ((1, 5), (5, 1))],
    "aten::bmm": [((4, 3, 5), (4, 5, 2))],
    "aten::mv": [((3, 5), (5,))],
    "aten::matmul": [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 4)),
        ((5, 2, 3), (3,)),
        ((3,), (5, 3, 2)),
        ((5, 2, 3), (3, 4)),
        ((2, 3), (5, 3, 4)),
        ((5, 2, 3), (1, 3, 4)),
        ((6, 1, 2, 3), (5, 3, 4)),
        ((6, 5, 2, 3), (3,)),
        ((2, 4, 3, 5), (2, 4, 5, 3)),
    ],
    "aten::addmm": [((4,), (2, 3), (3, 4)), ((2, 1), (2, 3), (3, 4)), ((2, 4), (2, 3), (3, 4)), ((), (2, 3), (3, 4))],
    "aten::addmv": [((2,), (2, 3), (3,))],
    "aten::baddbmm": [((5, 2, 4), (5, 2, 3), (5, 3, 4)), ((1, 4), (5, 2, 3), (5, 3, 4))],
}


GROUPED = "aten::_grouped_mm"
OFFSETS = torch.tensor([2, 4, 6], dtype=torch.int32)


def test_every_rule_is_tested() -> None:
    assert {*ROWS, GROUPED} == set(collect((matrices,)))


@pytest.mark.skipif(not hasattr(torch.ops.aten, "_grouped_mm"), reason="this torch has no grouped products")
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_grouped_products(kind: torch.dtype, agrees: Callable[..., bool]) -> None:
    rows = torch.ones(6, 16, dtype=kind)
    weights = torch.ones(3, 16, 32, dtype=kind)
    assert agrees(GROUPED, rows, weights, OFFSETS)
    assert agrees(GROUPED, rows, weights.transpose(1, 2).contiguous().transpose(1, 2), OFFSETS)
    assert agrees(GROUPED, torch.ones(16, 8, dtype=kind).t(), weights, OFFSETS)
    gradients = torch.ones(6, 32, dtype=kind)
    assert agrees(GROUPED, rows.t(), gradients, OFFSETS)
    assert agrees(GROUPED, gradients.t(), rows, OFFSETS)


@pytest.mark.parametrize("overload", ROWS)
def test_torchs_answer(
    overload: str, agrees: Callable[..., bool], in_every_layout: Callable[[Args], Iterator[Args]]
) -> None:
    for row in ROWS[overload]:
        assert all(agrees(overload, *args) for args in in_every_layout(row))


def test_weighted_sums(agrees: Callable[..., bool]) -> None:
    a, b, c = torch.ones(2, 4), torch.ones(2, 3), torch.ones(3, 4)
    assert agrees("aten::addmm", a, b, c, beta=0, alpha=2)


@pytest.mark.parametrize(
    ("overload", "args"),
    [
        ("aten::linear", (torch.ones(2, 4), torch.ones(7, 5))),
        ("aten::linear", (torch.ones(2, 5), torch.ones(7, 5), torch.ones(6))),
        ("aten::linear", (torch.ones(2, 5), torch.ones(5))),
        ("aten::mm", (torch.ones(2, 4), torch.ones(5, 2))),
        ("aten::mm", (torch.ones(2, 4), torch.ones(4))),
        ("aten::bmm", (torch.ones(3, 2, 4), torch.ones(2, 4, 2))),
        ("aten::bmm", (torch.ones(3, 2, 4), torch.ones(1, 4, 2))),
        ("aten::mv", (torch.ones(2, 4), torch.ones(4, 1))),
        ("aten::matmul", (torch.ones(()), torch.ones(4))),
        ("aten::matmul", (torch.ones(2, 3, 4), torch.ones(3, 4, 2))),
        ("aten::matmul", (torch.ones(2, 3), torch.ones(3, 4).half())),
        ("aten::addmm", (torch.ones(3, 4), torch.ones(2, 3), torch.ones(3, 4))),
        ("aten::addmm", (torch.ones(4).half(), torch.ones(2, 3), torch.ones(3, 4))),
        ("aten::addmv", (torch.ones(3), torch.ones(2, 3), torch.ones(3))),
        ("aten::baddbmm", (torch.ones(2, 4), torch.ones(2, 3), torch.ones(3, 4))),
        (GROUPED, (torch.ones(6, 16), torch.ones(3, 16, 5), OFFSETS)),
        (GROUPED, (torch.ones(6, 5), torch.ones(3, 5, 16), OFFSETS)),
        (GROUPED, (torch.ones(6, 16), torch.ones(3, 8, 16), OFFSETS)),
        (GROUPED, (torch.ones(6, 16), torch.ones(3, 16, 16), OFFSETS[:2])),
        (GROUPED, (torch.ones(6, 16), torch.ones(3, 16, 16), OFFSETS.long())),
        (GROUPED, (torch.ones(3, 6, 16), torch.ones(3, 16, 16))),
        (GROUPED, (torch.ones(16, 6), torch.ones(6, 16), OFFSETS)),
        (GROUPED, (torch.ones(6, 16).t(), torch.ones(8, 16), OFFSETS)),
        (GROUPED, (torch.ones(6, 16).t(), torch.ones(6, 16), OFFSETS[:, None])),
    ],
)
def test_stepping_aside(overload: str, args: Args, steps_aside: Callable[..., bool]) -> None:
    assert steps_aside(overload, *args)
