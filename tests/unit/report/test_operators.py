"""The published table of operators, from docstrings."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.marking import FormulaTable, collect, formula, free
from pytest_flopbudget.counting.operators import Cost
from pytest_flopbudget.report.operators import operators_page

PAGE = Path(__file__).parents[3] / "docs" / "operators.md"


@formula("aten::mix", "shop::mix_")
def mixed(**_: object) -> Cost:
    """[*b, n] = |mix|([*b, n]), as ``mix_in`` says

    MACs: none.
    It goes on.
    """
    return Cost()


@formula("aten::plain")
def plain(**_: object) -> Cost:
    """:func:`mixed`"""
    return Cost()


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> FormulaTable:
    module = ModuleType("formulas.backward.mixing_up", "What mixes: all of it.\n\nSource: none.\n")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for function in (mixed, plain):
        monkeypatch.setattr(function, "__module__", module.__name__)
        setattr(module, function.__name__, function)
    setattr(module, "MOVES", free("aten::move", "shop::turn", reason="moves_only"))  # noqa: B010
    return collect((module,))


def test_a_family_and_the_free(table: FormulaTable) -> None:
    head, convention, *rest = operators_page(table).split("\n\n## ")
    assert head.startswith("# What every operator costs\n\nMACs and other FLOPs by operator.")
    assert convention.startswith(
        "The convention (`elements.py`)\n\nThe convention of `other_flops`: one addition, subtraction,"
    )
    assert rest == [
        (
            "Backward: mixing up\n\nWhat mixes: all of it.\n\nSource: none.\n\n"
            "| operators | costs |\n|---|---|\n"
            "| `mix` `shop::mix_` | [\\*b, n] = \\|mix\\|([\\*b, n]), as `mix_in` says<br>MACs: none. It goes on. |\n"
            "| `plain` | `mixed` |"
        ),
        (
            "Free operators\n\nThey compute nothing.\n\n"
            "| operators | why |\n|---|---|\n"
            "| `move` `shop::turn` | moves\\_only |\n"
        ),
    ]


def test_the_published_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == operators_page(FORMULAS), "run `make docs`"


def test_every_operator_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    named = (operator.removeprefix("aten::") for operator in (*FORMULAS.formulas, *FORMULAS.free))
    assert [name for name in named if f"`{name}`" not in page] == []


def test_every_formula_says_what_it_costs() -> None:
    assert [name for name, each in FORMULAS.formulas.items() if not each.function.__doc__] == []
