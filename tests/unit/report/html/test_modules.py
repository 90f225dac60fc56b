from __future__ import annotations

from pytest_flopbudget.judge.verdicts import ModuleRow
from pytest_flopbudget.report.html.modules import tree_of


def row(path: str, macs: int, params: int) -> ModuleRow:
    return ModuleRow(path, 1, macs, 0, params, 0)


ROWS = [
    row("", 1000, 60),
    row("body", 900, 40),
    row("body.0", 700, 30),
    row("body.1", 150, 10),
    row("body.act", 0, 0),
    row("head", 100, 20),
]


def test_what_each_has_by_itself_and_with_all_below_it() -> None:
    tree = tree_of(ROWS, most=10)
    assert tree["paths"] == ["", "body", "body.0", "body.1", "head"]
    assert tree["parents"] == [-1, 0, 1, 1, 0]
    assert tree["total"]["macs"] == ["1,000", "900", "700", "150", "100"]
    assert tree["own"]["macs"] == ["0", "50", "700", "150", "100"]  # 900 - 700 - 150
    assert tree["own"]["params"] == ["0", "0", "30", "10", "20"]
    assert tree["left_out"] == 0


def test_of_too_many_the_largest_are_kept_and_the_others_are_their_parents_own() -> None:
    tree = tree_of(ROWS, most=3)
    assert tree["paths"] == ["", "body", "body.0"]
    assert tree["own"]["macs"] == ["100", "200", "700"]
    assert tree["left_out"] == 2


def test_one_that_has_most_of_the_parameters_is_as_large_as_one_of_the_macs() -> None:
    rows = [row("", 1000, 1000), row("conv", 900, 10), row("small", 90, 20), row("table", 10, 970)]
    assert tree_of(rows, most=3)["paths"] == ["", "conv", "table"]


def test_shared_parameters_are_nobodys_debt() -> None:
    tree = tree_of([row("", 10, 50), row("a", 5, 50), row("b", 5, 50)], most=9)
    assert tree["total"]["params"] == ["50", "50", "50"]
    assert tree["own"]["params"] == ["0", "50", "50"]


def test_without_modules() -> None:
    assert tree_of([], most=9)["paths"] == []
