"""What training runs in the place of whole operators, and its backward passes: torch's own answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from pytest_flopbudget.trace.shape_rules import differentiating, likes, saving_norms
from pytest_flopbudget.trace.shape_rules.marking import collect

Args = tuple[object, ...]

two, three, four = torch.ones(2), torch.ones(3), torch.ones(4)
block, rows = torch.ones(3, 4), torch.ones(2, 3)
ALL = [True, True, True]
IMAGE = (2, 4, 3, 5)
# The statistics of two images in two groups, and of three rows.
GROUPS, ROW = torch.ones(2, 2), torch.ones(2, 3, 1)
# With how many of the layouts of its tensors, seven of each, a rule goes.
NORMS: dict[str, list[tuple[Args, int]]] = {
    "aten::native_batch_norm": [
        ((IMAGE, four, four, four, four, True, 0.1, 1e-5), 7),
        ((IMAGE, None, None, None, None, True, 0.1, 1e-5), 7),
        (((2, 3), three, three, three, three, False, 0.1, 1e-5), 7),
        (((2, 3, 4), None, None, three, three, False, 0.1, 1e-5), 7),
    ],
    "aten::native_batch_norm_backward": [
        ((IMAGE, IMAGE, four, four, four, four, four, True, 1e-5, ALL), 4),
        (((2, 3), (2, 3), three, three, three, three, three, True, 1e-5, [False, True, True]), 9),
        (((2, 3), (2, 3), None, three, three, three, three, True, 1e-5, [True, False, False]), 9),
    ],
    "aten::native_layer_norm": [
        (((2, 3, 4), [4], four, four, 1e-5), 7),
        (((2, 3, 4), [3, 4], block, None, 1e-5), 7),
        (((2, 3, 4), [4], None, None, 1e-5), 7),
    ],
    "aten::native_layer_norm_backward": [
        (((2, 3, 4), (2, 3, 4), [4], ROW, ROW, four, four, ALL), 49),
        (((2, 3, 4), (2, 3, 4), [4], ROW, ROW, None, None, [True, False, False]), 49),
        (((2, 3, 4), (2, 3, 4), [4], ROW, ROW, four, None, [False, True, False]), 49),
    ],
    "aten::native_group_norm": [
        ((IMAGE, four, four, 2, 4, 15, 2, 1e-5), 2),
        ((IMAGE, None, None, 2, 4, 15, 4, 1e-5), 2),
    ],
    "aten::native_group_norm_backward": [
        ((IMAGE, IMAGE, GROUPS, GROUPS, four, 2, 4, 15, 2, ALL), 4),
        ((IMAGE, IMAGE, GROUPS, GROUPS, None, 2, 4, 15, 2, [True, False, False]), 4),
    ],
}
POINTWISE: dict[str, Args] = {
    "threshold_backward": (0.0,),
    "hardtanh_backward": (-1.0, 1.0),
    "leaky_relu_backward": (0.1, False),
    "softplus_backward": (1.0, 20.0),
}
ELU = "aten::elu_backward"
SOFTMAX = ("aten::_softmax_backward_data", "aten::_log_softmax_backward_data")


@pytest.mark.parametrize("overload", sorted(collect((saving_norms,))))
def test_norms(overload: str, agrees: Callable[..., bool], in_every_layout: Callable[[Args], Iterator[Args]]) -> None:
    for row, covered in NORMS[overload]:
        given = [agrees(overload, *args) for args in in_every_layout(row)]
        assert given.count(True) == covered, row


@pytest.mark.parametrize("overload", sorted(collect((saving_norms,))))
def test_norms_of_half_precision(overload: str, agrees: Callable[..., bool]) -> None:
    """With parameters and statistics of full precision, as under autocast."""
    (row, _), *_ = NORMS[overload]
    given = tuple(torch.ones(each, dtype=torch.bfloat16) if isinstance(each, tuple) else each for each in row)
    assert agrees(overload, *given)


@pytest.mark.parametrize("overload", sorted(set(collect((differentiating,))) - {*SOFTMAX, ELU}))
def test_pointwise(
    overload: str, agrees: Callable[..., bool], in_every_layout: Callable[[Args], Iterator[Args]]
) -> None:
    further = POINTWISE.get(overload.removeprefix("aten::"), ())
    for shape in ((2, 3), (2, 1, 4), IMAGE):
        assert all(agrees(overload, *args, *further) for args in in_every_layout((shape, shape)))


def test_elu(agrees: Callable[..., bool], in_every_layout: Callable[[Args], Iterator[Args]]) -> None:
    for gradient, output in in_every_layout((IMAGE, IMAGE)):
        assert agrees(ELU, gradient, 1.0, 1.0, 1.0, True, output)


@pytest.mark.parametrize("overload", SOFTMAX)
def test_softmax(overload: str, agrees: Callable[..., bool], in_every_layout: Callable[[Args], Iterator[Args]]) -> None:
    rows = list(in_every_layout(((2, 3, 4), (2, 3, 4))))
    assert [agrees(overload, *args, 1, torch.float32) for args in rows].count(True) == 9


@pytest.mark.parametrize("overload", sorted(collect((likes,))))
def test_likes(overload: str, agrees: Callable[..., bool], in_every_layout: Callable[[Args], Iterator[Args]]) -> None:
    for shape in ((2, 3), (2, 1, 4), IMAGE):
        given = [agrees(overload, *args) for args in in_every_layout((shape,))]
        assert given.count(False) == 2
    assert agrees(overload, block, dtype=torch.float64)


@pytest.mark.parametrize(
    ("overload", "args"),
    [
        ("aten::native_batch_norm", (torch.ones(2, 3), four, four, four, four, True, 0.1, 1e-5)),
        ("aten::native_batch_norm", (torch.ones(2, 3), three, three, None, None, False, 0.1, 1e-5)),
        (
            "aten::native_batch_norm",
            (torch.ones(2, 1, 1, 3).permute(0, 3, 1, 2), three, three, None, None, True, 0.1, 1e-5),
        ),
        ("aten::native_layer_norm", (torch.ones(2, 3), [4], None, None, 1e-5)),
        ("aten::native_layer_norm_backward", (block, block, [4], ROW[0], ROW[0], four, None, ALL)),
        ("aten::native_batch_norm_backward", (rows, rows, four, four, four, four, four, True, 1e-5, ALL)),
        ("aten::native_layer_norm_backward", (rows, rows, [4], ROW[0], ROW[0], four, four, ALL)),
        ("aten::native_layer_norm_backward", (block.double(), block, [4], ROW[0], ROW[0], four, four, ALL)),
        ("aten::native_layer_norm_backward", (block, block, [4], ROW[0], ROW[0], None, None, ALL)),
        ("aten::native_group_norm_backward", (rows, rows, GROUPS, GROUPS, four, 2, 3, 1, 1, ALL)),
        ("aten::native_layer_norm", (torch.ones(0, 3), [3], None, None, 1e-5)),
        ("aten::native_group_norm", (torch.ones(2, 4, 3), None, None, 2, 4, 5, 2, 1e-5)),
        ("aten::tanh_backward", (torch.ones(2, 3), torch.ones(3))),
        ("aten::tanh_backward", (torch.ones(2, 3).double(), torch.ones(2, 3))),
        ("aten::_softmax", (torch.ones(2, 3).half(), 1, True)),
        ("aten::_softmax_backward_data", (torch.ones(2, 3), torch.ones(2, 3), 1, torch.float16)),
    ],
)
def test_stepping_aside(overload: str, args: Args, steps_aside: Callable[..., bool]) -> None:
    assert steps_aside(overload, *args)


@pytest.mark.parametrize(
    "asked",
    [
        {"layout": torch.sparse_coo},
        {"device": torch.device("meta")},
        {"pin_memory": True},
        {"memory_format": torch.contiguous_format},
    ],
    ids=str,
)
def test_likes_that_are_to_be_otherwise(asked: dict[str, object], steps_aside: Callable[..., bool]) -> None:
    assert steps_aside("aten::empty_like", block, **asked)
    assert not steps_aside("aten::empty_like", block, **dict.fromkeys(asked))


def test_likes_of_nothing(steps_aside: Callable[..., bool]) -> None:
    assert steps_aside("aten::zeros_like", torch.ones(0, 3))
