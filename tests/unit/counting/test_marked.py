"""What a module marks is found, whatever name holds it, or none."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from pytest_flopbudget.counting.marking import FormulaTable, collect
from pytest_flopbudget.errors import FormulaError

HEAD = """
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.module_formulas import module_formula
from pytest_flopbudget.counting.operators import Cost
"""
Collected = Callable[[str], FormulaTable]


@pytest.fixture
def collected() -> Collected:
    """The marks of a module of that code."""

    def of(code: str) -> FormulaTable:
        module = ModuleType("shop.flops")
        exec(compile(HEAD + code, "flops.py", "exec"), vars(module))
        return collect([module])

    return of


MARKED = {
    "a lambda": 'formula("shop::a", "shop::b")(lambda **_: Cost())',
    "two of one name": """
@formula("shop::a")
def cost(**_): return Cost(1)
@formula("shop::b")
def cost(**_): return Cost(2)
""",
    "in a loop": """
for name in ("a", "b"):
    @formula(f"shop::{name}")
    def cost(**_): return Cost(1)
del cost
""",
    "in a function": """
def mark(name):
    @formula(name)
    def cost(**_): return Cost(1)
mark("shop::a")
mark("shop::b")
""",
}


@pytest.mark.parametrize("code", MARKED.values(), ids=MARKED)
def test_formulas(collected: Collected, code: str) -> None:
    assert set(collected(code).formulas) == {"shop::a", "shop::b"}


def test_every_rule_of_a_dictionary(collected: Collected) -> None:
    table = collected("""
def one(module, inputs, output): module.total_ops += 1
def two(module, inputs, output): module.total_ops += 2
def register():
    for layer, rule in {int: one, str: two, float: lambda m, x, y: None}.items():
        module_formula(layer)(rule)
register()
""")
    assert {layer.__name__: mark.place for layer, mark in table.modules.items()} == {
        "int": "flops.py:6",
        "str": "flops.py:7",
        "float": "flops.py:9",
    }


def test_one_operator_twice_under_one_name(collected: Collected) -> None:
    with pytest.raises(FormulaError) as raised:
        collected("""
@formula("shop::a")
def cost(**_): return Cost(1)
@formula("shop::a")
def cost(**_): return Cost(2)
""")
    assert str(raised.value) == "shop::a stands twice: flops.py:6 and flops.py:8"
