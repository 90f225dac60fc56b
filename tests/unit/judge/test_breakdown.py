"""What modules cost by themselves."""

from __future__ import annotations

import pytest

from pytest_flopbudget.judge.breakdown import Branch, Share, branches, column_of, dearest, own_shares
from pytest_flopbudget.judge.verdicts import ModuleRow

# 100 MACs in all: 60 in a.b, 10 in a itself, 5 in deep.x.y, whose parent has no row, and 25 in the root itself.
ROWS = (
    ModuleRow("", 1, 100, 0, 12, 9),
    ModuleRow("a", 1, 70, 0, 7, 8),
    ModuleRow("a.b", 1, 60, 0, 7, 3),
    ModuleRow("deep", 1, 5, 0, 5, 1),
    ModuleRow("deep.x.y", 1, 5, 0, 0, 1),
)


def test_own_shares_add_up() -> None:
    shares = own_shares(ROWS, "macs")
    assert shares == [Share("", 25), Share("a", 10), Share("a.b", 60), Share("deep.x.y", 5)]
    assert sum(share.value for share in shares) == ROWS[0].macs


def test_parameters() -> None:
    assert own_shares(ROWS, "params") == [Share("a.b", 7), Share("deep", 5)]


def test_activations() -> None:
    assert own_shares(ROWS, "activations") == [Share("a", 8 - 3), Share("a.b", 3), Share("deep.x.y", 1)]


@pytest.mark.parametrize(
    ("metric", "column"),
    [
        ("macs", "macs"),
        ("flops", "macs"),
        ("total_flops", "total_flops"),
        ("params", "params"),
        ("activations", "activations"),
    ],
)
def test_where_a_metric_goes_is_told_by(metric: str, column: str) -> None:
    assert column_of(metric) == column


def test_total_flops_have_all_operations() -> None:
    rows = (ModuleRow("", 1, 30, 25, 0, 0), ModuleRow("act", 1, 0, 20, 0, 0), ModuleRow("conv", 1, 30, 5, 0, 0))
    assert own_shares(rows, "total_flops") == [Share("act", 20), Share("conv", 2 * 30 + 5)]


def test_dearest_first() -> None:
    assert dearest(ROWS, "macs", 2) == [Share("a.b", 60), Share("", 25)]


def test_five_are_told_unless_more_are_asked_for() -> None:
    rows = tuple(ModuleRow(f"{macs}", 1, macs, 0, 0, 0) for macs in range(9))
    assert [share.value for share in dearest(rows, "macs")] == [8, 7, 6, 5, 4]


def test_equals_keep_the_order_of_the_tree() -> None:
    rows = (ModuleRow("", 1, 4, 0, 0, 0), ModuleRow("b", 1, 2, 0, 0, 0), ModuleRow("a", 1, 2, 0, 0, 0))
    assert dearest(rows, "macs") == [Share("b", 2), Share("a", 2)]


def test_branches_have_all_below_them_and_single_children_are_one_with_their_parents() -> None:
    assert branches(ROWS) == [Branch(0, "a", 70), Branch(1, "b", 60), Branch(0, "deep.x.y", 5)]


def test_a_root_that_only_costs_itself_has_no_branches() -> None:
    assert branches((ModuleRow("", 1, 4, 0, 0, 4), ModuleRow("free", 1, 0, 9, 3, 0))) == []
