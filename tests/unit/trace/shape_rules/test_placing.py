"""Lookups, joins and copies to other places: torch's own answer, in every layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from pytest_flopbudget.trace.shape_rules import joining, placing
from pytest_flopbudget.trace.shape_rules.marking import collect

Args = tuple[object, ...]


def ids(*shape: int) -> torch.Tensor:
    return torch.zeros(shape, dtype=torch.int64)


ROWS: dict[str, list[Args]] = {
    "aten::embedding": [((5, 4), ids(2, 3)), ((5, 4), ids(3, 2).t()), ((5, 4), ids()), ((5, 4), ids(3).int(), 0)],
    "aten::gather": [((2, 3, 4), 1, ids(2, 5, 4)), ((2, 3, 4), -1, ids(4, 3, 2).permute(2, 1, 0))],
    "aten::index.Tensor": [
        ((2, 3, 4), [None, ids(1)]),
        ((2, 3, 4), [ids(5)]),
        ((2, 3, 4), [ids(5, 6)]),
        ((2, 3, 4), [ids(6, 5).t(), ids(5, 1)]),
        ((2, 3, 4), [None, ids(5), ids(5)]),
        ((2, 3, 4), [None, ids(3, 5).t(), None]),
        ((2, 3, 4), [ids(), ids(2)]),
        ((2, 3, 4, 5), [None, None, ids(7)]),
        ((4,), [ids(2, 3)]),
    ],
    "aten::repeat": [((2, 3), [2, 1, 3]), ((2, 3), [1, 1]), ((), [2]), ((2, 3), [0, 2])],
    "aten::tril": [((2, 3, 4),), ((3, 4), 1)],
    "aten::triu": [((2, 3, 4),), ((3, 4), -1)],
    "aten::roll": [((2, 3, 4), [1], [0]), ((2, 3, 4), [1, -2], [-1, 1])],
    "aten::select_backward": [((2, 3), [2, 4, 3], 1, 2)],
    "aten::slice_backward": [((2, 2, 3), [2, 4, 3], 1, 0, 4, 2)],
    "aten::cat": [([(2, 3, 4), (2, 5, 4)], 1), ([(2, 3, 4), (1, 3, 4)], -3), ([(2,), (3,)],)],
    "aten::stack": [([(2, 4), (2, 4)], 1), ([(2, 4), (2, 4)], -1), ([(), ()],)],
    "aten::flatten.using_ints": [],
}
INDEXING = "aten::index.Tensor"


PUT: dict[str, Args] = {
    "aten::index_put": ([None, ids(5)], torch.ones(2, 5, 4), True),
    "aten::index_add": (1, ids(5), torch.ones(2, 5, 4)),
}


@pytest.mark.parametrize("overload", PUT)
def test_elements_that_are_replaced(
    overload: str, agrees: Callable[..., bool], in_every_layout: Callable[[Args], Iterator[Args]]
) -> None:
    given = [agrees(overload, *args, *PUT[overload]) for args in in_every_layout(((2, 3, 4),))]
    assert given.count(True) == 3


@pytest.mark.parametrize("overload", sorted(set(collect((joining, placing))) - set(PUT)))
def test_torchs_answer(
    overload: str, agrees: Callable[..., bool], in_every_layout: Callable[[Args], Iterator[Args]]
) -> None:
    for row in ROWS[overload]:
        assert all(agrees(overload, *args) for args in in_every_layout(row)), row


def test_joined_images(agrees: Callable[..., bool], in_every_layout: Callable[[Args], Iterator[Args]]) -> None:
    given = [agrees("aten::cat", *args) for args in in_every_layout(([(2, 3, 4, 5), (2, 1, 4, 5)], 1))]
    # Plain, swapped and cut ones, and what is contiguous where sizes of 1 leave it open: surely not channels last.
    assert given.count(True) >= 4 * 4
    heads = torch.ones(2, 5, 3, 4).transpose(1, 2)
    assert agrees("aten::cat", [heads[..., 2:], heads[..., :2]], -1)
    assert agrees("aten::cat", [torch.ones(0), heads, heads], -2)
    assert agrees("aten::stack", [torch.ones(2, 3, 4)] * 2, 1)
    assert agrees("aten::stack", [torch.ones(3, 2, 4).transpose(0, 1)] * 2, 0)
    assert agrees("aten::stack", [torch.ones(2, 5, 3, 4).transpose(1, 2)] * 3, 0)
    assert agrees("aten::stack", [torch.ones(2, 3, 4, 5)] * 2, -2)


def test_stacked_in_any_layout(agrees: Callable[..., bool], in_every_layout: Callable[[Args], Iterator[Args]]) -> None:
    for shape in ((2, 3, 4), (2, 3, 4, 5), (2, 3, 1, 5)):
        for dim in range(len(shape) + 1):
            given = [agrees("aten::stack", *args) for args in in_every_layout(([shape, shape], dim))]
            assert any(given), (shape, dim)


@pytest.mark.parametrize("args", [(1,), (0, -2), (1, 2), (0, 0), (0,)])
def test_flattening(args: Args, agrees: Callable[..., bool]) -> None:
    assert agrees("aten::flatten.using_ints", torch.ones(2, 3, 4), *args)


@pytest.mark.parametrize(
    ("overload", "args"),
    [
        ("aten::embedding", (torch.ones(4), ids(2))),
        ("aten::embedding", (torch.ones(4, 3), torch.ones(2))),
        ("aten::gather", (torch.ones(2, 3), 0, ids(2))),
        ("aten::gather", (torch.ones(2, 3), 0, ids(2, 4))),
        ("aten::gather", (torch.ones(2, 3), 2, ids(2, 3))),
        (INDEXING, (torch.ones(2, 3, 4), [ids(2), None, ids(2)])),
        (INDEXING, (torch.ones(2, 3), [None, None, ids(2)])),
        (INDEXING, (torch.ones(2, 3), [ids(2), ids(3)])),
        (INDEXING, (torch.ones(2, 3), [torch.ones(2) > 0])),
        (INDEXING, (torch.ones(2, 3), [ids(0)])),
        ("aten::repeat", (torch.ones(2, 3), [2])),
        ("aten::repeat", (torch.ones(2, 3), [2, -1])),
        ("aten::triu", (torch.ones(3),)),
        ("aten::select_backward", (torch.ones(2, 3), [2, 4, 3], 3, 0)),
        ("aten::select_backward", (torch.ones(2, 3), [2, 4, 3], 1, 4)),
        ("aten::select_backward", (torch.ones(2, 4), [2, 4, 3], 1, 0)),
        ("aten::slice_backward", (torch.ones(2, 2, 3), [2, 4, 3], -4, 0, 4, 2)),
        ("aten::slice_backward", (torch.ones(2, 2, 3), [2, 4, 3], 1, 0, 4, 0)),
        ("aten::slice_backward", (torch.ones(2, 2, 3), [2, 4, 3], 1, 0, 9, 1)),
        ("aten::roll", (torch.ones(2, 3), [1])),
        ("aten::roll", (torch.ones(2, 3), [1], [2])),
        ("aten::cat", ([torch.ones(2, 3), torch.ones(2, 3, 1)], 0)),
        ("aten::cat", ([torch.ones(2, 3), torch.ones(3, 3)], 1)),
        ("aten::cat", ([torch.ones(2, 3), torch.ones(2, 3, dtype=torch.float64)], 0)),
        ("aten::cat", ([torch.ones(2, 3)], 2)),
        ("aten::cat", ([torch.ones(2, 3, 4, 5).to(memory_format=torch.channels_last)], 1)),
        ("aten::cat", ([],)),
        ("aten::cat", ([torch.ones(0), torch.ones(0)],)),
        ("aten::cat", ([torch.ones(0).half(), torch.ones(2)],)),
        ("aten::stack", ([],)),
        ("aten::stack", ([torch.ones(2, 3), torch.ones(3, 2)], 0)),
        ("aten::stack", ([torch.ones(2, 3)], 3)),
        *(("aten::stack", ([torch.ones(2, 4, 5, 3).permute(0, 3, 1, 2)] * 2, dim)) for dim in range(5)),
        ("aten::flatten.using_ints", (torch.ones(2, 3, 4), 2, 1)),
        ("aten::flatten.using_ints", (torch.ones(2, 3, 4), 3)),
        ("aten::flatten.using_ints", (torch.ones(2, 3, 4).transpose(1, 2), 1)),
    ],
)
def test_stepping_aside(overload: str, args: Args, steps_aside: Callable[..., bool]) -> None:
    assert steps_aside(overload, *args)
