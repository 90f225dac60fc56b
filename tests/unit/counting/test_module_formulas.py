"""Marking and collecting formulas of whole modules: whole messages, since they are what their author reads."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import cast

import pytest

from pytest_flopbudget.counting.marking import FormulaTable, collect
from pytest_flopbudget.counting.module_formulas import ModuleFormula, module_formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec
from pytest_flopbudget.errors import FormulaError


class Layer:
    """Stands for a module: marking asks for no more than a class."""


class Below(Layer):
    """Inherits."""


def cost(module: object, x: TensorSpec, *, out: TensorSpec) -> Cost:
    return Cost(out.numel)


def module(**members: object) -> ModuleType:
    made = ModuleType("shop.flops")
    vars(made).update(members)
    return made


def fresh() -> ModuleFormula:
    def function(module: object, x: TensorSpec, *, out: TensorSpec) -> Cost:
        return Cost(out.numel)

    (mark,) = collect([module(function=module_formula(Layer)(function))]).modules.values()
    return mark


def test_a_class_and_what_inherits() -> None:
    table = FormulaTable(modules={Layer: fresh()})
    assert table.of_module(Layer) is table.of_module(Below) is table.modules[Layer]
    assert table.of_module(int) is None
    assert table.modules[Layer].name == f"{__name__}.Layer"


def test_twice() -> None:
    first, second = fresh(), fresh()
    with pytest.raises(FormulaError) as caught:
        collect([module(first=first.function), module(second=second.function)])
    told = f"{__name__}.Layer stands twice: {first.place} and {second.place}"
    assert str(caught.value) == told
    with pytest.raises(FormulaError) as caught:
        FormulaTable(modules={Layer: first}) + FormulaTable(modules={Layer: second})
    assert str(caught.value) == told
    assert FormulaTable(modules={Layer: first}) + FormulaTable(modules={Layer: first}) == FormulaTable(
        modules={Layer: first}
    )


@pytest.mark.parametrize(
    ("function", "is_rule"),
    [
        (cost, False),
        (lambda module, inputs, output: None, True),
        (lambda m, x, y: None, True),
        (lambda module, inputs, out: None, False),
        (lambda module, *inputs, out: None, False),
        (lambda module, x, mask, *, out: None, False),
    ],
    ids=["a formula", "a rule", "short names", "out", "any inputs", "two inputs"],
)
def test_a_rule_is_known_by_its_arguments(function: object, is_rule: bool) -> None:
    assert callable(function)
    assert ModuleFormula(Layer, function, None, "flops.py:1").is_rule is is_rule


def test_a_cost_below_zero() -> None:
    mark = ModuleFormula(Layer, lambda module, *, out: Cost(-1), None, "flops.py:1")
    with pytest.raises(FormulaError) as caught:
        mark.cost(Layer(), (), {}, None)
    assert str(caught.value) == (
        f"the formula for {__name__}.Layer (flops.py:1) returned Cost(macs=-1, other_flops=0), not a "
        "Cost(macs, other_flops) of integers from 0 up"
    )


def test_no_shape() -> None:
    with pytest.raises(FormulaError) as caught:
        ModuleFormula(Layer, cost, None, "flops.py:1").out_shape(Layer(), (), {})
    assert str(caught.value) == f"the formula for {__name__}.Layer (flops.py:1) has no shape"


def test_what_is_marked_wrongly() -> None:
    with pytest.raises(FormulaError) as caught:
        module_formula()
    assert str(caught.value) == "@module_formula names no module: write @module_formula(MyLayer)"
    with pytest.raises(FormulaError) as caught:
        cast("Callable[[object], object]", module_formula)("shop.layers.Layer")
    assert str(caught.value) == (
        "@module_formula names a class, as in @module_formula(MyLayer), not 'shop.layers.Layer'"
    )
    partial = functools.partial(cost)
    with pytest.raises(FormulaError) as caught:
        module_formula(Layer)(partial)
    assert str(caught.value) == f"@module_formula marks a function; {partial!r} is a partial"
