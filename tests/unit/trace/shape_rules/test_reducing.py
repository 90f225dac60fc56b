"""Reductions: torch's own answer over one, several and all dimensions, in every layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from pytest_flopbudget.trace.shape_rules import reducing
from pytest_flopbudget.trace.shape_rules.marking import collect

Args = tuple[object, ...]

DIMENSIONS: list[Args] = [([1],), ([-1], True), ([0, 2],), ([0, -1], True), ([],)]
ROWS: dict[str, list[Args]] = {
    **{key: [*DIMENSIONS, (None, True)] for key in ("aten::mean.dim", "aten::sum.dim_IntList")},
    **{key: [*DIMENSIONS, ()] for key in ("aten::amax", "aten::amin")},
    **{key: [([1],), ([0, 2],), (None,), ()] for key in ("aten::var.correction", "aten::std.correction")},
    **{key: [(1,), (-1, True), (), (None, False)] for key in ("aten::argmax", "aten::argmin")},
    "aten::logsumexp": DIMENSIONS[:-1],
    "aten::linalg_vector_norm": [(2, [1]), (1, [-1], True), (2, None), (3, [0, 2])],
    "aten::norm.ScalarOpt_dim": [(2, [1]), (None, [-1], True), (1, [0, 2])],
    "aten::mean": [()],
    "aten::sum": [()],
}


@pytest.mark.parametrize("overload", sorted(collect((reducing,))))
def test_torchs_answer(
    overload: str, agrees: Callable[..., bool], in_every_layout: Callable[[Args], Iterator[Args]]
) -> None:
    for row in ROWS[overload]:
        for shape in ((2, 3, 4), (2, 3, 4, 5)):
            assert all(agrees(overload, *args) for args in in_every_layout((shape, *row)))


def test_scalars(agrees: Callable[..., bool]) -> None:
    assert agrees("aten::sum", torch.ones(()))
    assert agrees("aten::mean.dim", torch.ones(()), None)
    assert agrees("aten::var.correction", torch.ones(()), [])


def test_other_types(agrees: Callable[..., bool]) -> None:
    assert agrees("aten::mean.dim", torch.ones(2, 3).half(), [1], dtype=torch.float32)
    assert agrees("aten::sum", torch.ones(2, 3), dtype=torch.float64)


def test_by_keyword(agrees: Callable[..., bool]) -> None:
    assert agrees("aten::var.correction", torch.ones(2, 3), [1], correction=0, keepdim=True)
    assert agrees("aten::std.correction", torch.ones(2, 3), None, correction=1)


@pytest.mark.parametrize(
    ("overload", "args"),
    [
        ("aten::sum.dim_IntList", (torch.ones(2, 3, dtype=torch.int64), [1])),
        ("aten::sum.dim_IntList", (torch.ones(2, 3), [2])),
        ("aten::sum.dim_IntList", (torch.ones(2, 3), [1, -1])),
        ("aten::amax", (torch.ones(2, 0), [1])),
        ("aten::logsumexp", (torch.ones(2, 0), [1])),
        ("aten::argmax", (torch.ones(2, 0), 1)),
        ("aten::norm.ScalarOpt_dim", (torch.ones(2, 0), 2, [1])),
        ("aten::linalg_vector_norm", (torch.ones(2, 3), float("-inf"), [1])),
    ],
)
def test_stepping_aside(overload: str, args: Args, steps_aside: Callable[..., bool]) -> None:
    assert steps_aside(overload, *args)
