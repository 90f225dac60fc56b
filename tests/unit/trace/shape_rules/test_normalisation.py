"""Normalisations, softmax and running sums: torch's own answer, in every layout that a rule covers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from pytest_flopbudget.trace.shape_rules import normalisation, softmax
from pytest_flopbudget.trace.shape_rules.marking import collect

Args = tuple[object, ...]

one, three, four, block = torch.ones(1), torch.ones(3), torch.ones(4), torch.ones(3, 4)
BATCH = (False, 0.1, 1e-5, True)
# With how many of the seven layouts of the input a rule goes.
ALL = 7
ROWS: dict[str, list[tuple[Args, int]]] = {
    "aten::layer_norm": [
        (((2, 3, 4), [4]), ALL),
        (((2, 3, 4), [4], four, four), ALL),
        (((2, 3, 4), [3, 4], block), ALL),
        (((1, 1, 4), [4], None, four, 1e-5, False), ALL),
    ],
    "aten::rms_norm": [(((2, 3, 4), [4], four), 3), (((2, 3, 4), [3, 4]), 3)],
    "aten::batch_norm": [
        (((2, 3), None, None, three, three, *BATCH), ALL),
        (((2, 3, 4), three, three, None, None, True, 0.1, 1e-5, True), ALL),
        (((2, 3, 4, 5), three, three, three, three, *BATCH), ALL),
        (((2, 3, 2, 2, 2), three, three, three, three, *BATCH), 3),
    ],
    "aten::group_norm": [(((2, 3, 4), 1), ALL), (((2, 3, 4, 5), 3, three, three), ALL), (((2, 3), 3), ALL)],
    "aten::instance_norm": [
        (((2, 3, 4), None, None, None, None, True, 0.1, 1e-5, True), 3),
        (((2, 3, 4, 5), three, three, None, None, True, 0.1, 1e-5, True), 2),
        (((2, 3, 4, 5), None, None, three, three, *BATCH), 2),
    ],
    "aten::softmax.int": [(((2, 3, 4), -1), ALL), (((2, 3, 4, 5), 1), ALL), (((2, 3), 0, torch.float64), ALL)],
    "aten::log_softmax.int": [(((2, 3, 4), 1), ALL), (((2, 3), 1, torch.float64), ALL)],
    "aten::_softmax": [(((2, 3, 4), 1, False), ALL)],
    "aten::_log_softmax": [(((2, 3, 4), -1, False), ALL)],
    "aten::_safe_softmax": [(((2, 3, 4), -1), 3), (((2, 3), 0, torch.float64), 3)],
    "aten::cumsum": [(((2, 3, 4), 0), ALL)],
    "aten::cumprod": [(((2, 3, 4), -1), ALL)],
    "aten::dropout": [((block, 0.5, False), 1)],
    "aten::feature_dropout": [((block, 0.5, False), 1)],
    "aten::alpha_dropout": [((block, 0.5, False), 1)],
}


@pytest.mark.parametrize("overload", sorted(collect((normalisation, softmax))))
def test_torchs_answer(
    overload: str, agrees: Callable[..., bool], in_every_layout: Callable[[Args], Iterator[Args]]
) -> None:
    for row, covered in ROWS[overload]:
        given = [agrees(overload, *args) for args in in_every_layout(row)]
        assert given.count(True) == covered, row


@pytest.mark.parametrize(
    "overload", ["aten::batch_norm", "aten::group_norm", "aten::instance_norm", "aten::layer_norm"]
)
def test_half_precision_goes_with_parameters_of_full(overload: str, agrees: Callable[..., bool]) -> None:
    row, _ = ROWS[overload][1]
    given = tuple(torch.ones(each, dtype=torch.bfloat16) if isinstance(each, tuple) else each for each in row)
    assert agrees(overload, *given)


def test_norms_by_groups_keep_a_layout_that_is_either_of_two(agrees: Callable[..., bool]) -> None:
    assert agrees("aten::group_norm", torch.ones(2, 4, 4, 1).permute(0, 3, 1, 2), 1)


@pytest.mark.parametrize(
    ("overload", "args"),
    [
        ("aten::layer_norm", (torch.ones(2, 3), [4])),
        ("aten::layer_norm", (torch.ones(3), [2, 3])),
        ("aten::layer_norm", (torch.ones(2, 3), [3], four)),
        ("aten::layer_norm", (torch.ones(2, 3).double(), [3], three)),
        ("aten::rms_norm", (torch.ones(2, 3).half(), [3], three)),
        ("aten::rms_norm", (torch.ones(2, 3, 2), [3, 2], torch.ones(2, 3).t())),
        ("aten::layer_norm", (torch.ones(0, 3), [3])),
        ("aten::batch_norm", (torch.ones(2, 3), four, four, four, four, *BATCH)),
        ("aten::batch_norm", (three, None, None, three, three, *BATCH)),
        ("aten::batch_norm", (torch.ones(2, 3), None, None, None, None, *BATCH)),
        ("aten::batch_norm", (torch.ones(2, 3), None, None, three, None, True, 0.1, 1e-5, True)),
        # A size of 1 lets its layout be either of two, and torch chooses.
        ("aten::batch_norm", (torch.ones(2, 4, 4, 1).permute(0, 3, 1, 2), None, None, one, one, *BATCH)),
        ("aten::group_norm", (torch.ones(2, 3, 4), 2)),
        ("aten::instance_norm", (torch.ones(2, 3), None, None, None, None, True, 0.1, 1e-5, True)),
        ("aten::instance_norm", (torch.ones(2, 3, 4), None, None, None, None, False, 0.1, 1e-5, True)),
        ("aten::instance_norm", (torch.ones(2, 3, 4), four, four, None, None, True, 0.1, 1e-5, True)),
        ("aten::softmax.int", (torch.ones(2, 3), 2)),
        ("aten::softmax.int", (torch.ones(2, 3, dtype=torch.int64), 1)),
        ("aten::softmax.int", (torch.ones(()), 0)),
        ("aten::cumsum", (torch.ones(2, 3, dtype=torch.int64), 1)),
        ("aten::dropout", (torch.ones(2, 3), 0.5, True)),
    ],
)
def test_stepping_aside(overload: str, args: Args, steps_aside: Callable[..., bool]) -> None:
    assert steps_aside(overload, *args)
