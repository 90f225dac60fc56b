"""Marking and collecting: whole messages, since they are what somebody who writes a formula reads."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import cast

import pytest

from pytest_flopbudget.counting.marking import Formula, FormulaFunction, FormulaTable, Free, collect, formula, free
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
from pytest_flopbudget.errors import FormulaError

CALL = OperatorCall("shop::scan", "", {"self": TensorSpec((2, 3)), "dims": (0, 1)}, TensorSpec((2, 3), "int8"))


def module(**members: object) -> ModuleType:
    made = ModuleType("shop.flops")
    vars(made).update(members)
    return made


def place(function: FormulaFunction) -> str:
    return f"{__file__}:{function.__code__.co_firstlineno}"


def constant(cost: object) -> FormulaFunction:
    """A new function that costs that."""

    def function(**_: object) -> Cost:
        return cast("Cost", cost)

    return function


class TestMarking:
    def test_a_marked_function_is_still_itself(self) -> None:
        scan = constant(Cost())
        assert formula("shop::scan")(scan) is scan

    def test_several_operators_and_several_marks(self) -> None:
        shared = constant(Cost())
        formula("shop::a", "shop::b")(formula("shop::c")(shared))
        assert collect([module(shared=shared)]).formulas == {
            name: Formula(name, shared, None, place(shared)) for name in ("shop::a", "shop::b", "shop::c")
        }

    def test_a_shape_is_kept(self) -> None:
        def shape(self: TensorSpec) -> tuple[int, ...]:
            return self.shape

        table = collect([module(squeeze=formula("shop::squeeze", shape=shape)(constant(Cost())))])
        assert table.formulas["shop::squeeze"].shape is shape

    def test_free_says_where_it_stands(self) -> None:
        views = free("shop::view", reason="a view")

        def two_lines_below() -> None: ...

        assert views.place == f"{__file__}:{two_lines_below.__code__.co_firstlineno - 2}"

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("addmm", ", as in 'aten::addmm'"),
            ("", ", as in 'aten::addmm'"),
            ("aten::addmm.out", "; did you mean 'aten::addmm'?"),
            ("torch.ops.aten.addmm.default", "; did you mean 'aten::addmm'?"),
            ("aten:addmm", "; did you mean 'aten::addmm'?"),
            (" aten::addmm", ", as in 'aten::addmm'"),
        ],
    )
    def test_a_wrong_name(self, name: str, hint: str) -> None:
        said = f"{name!r} is no operator: a name is written 'namespace::name', without overload{hint}"
        with pytest.raises(FormulaError) as caught:
            formula("aten::mm", name)
        assert str(caught.value) == said
        with pytest.raises(FormulaError) as caught:
            free(name, reason="a view")
        assert str(caught.value) == said

    def test_no_name(self) -> None:
        with pytest.raises(FormulaError) as caught:
            formula()
        assert str(caught.value) == "@formula names no operator: write @formula('namespace::name', ...)"
        with pytest.raises(FormulaError) as caught:
            free(reason="a view")
        assert str(caught.value) == "free names no operator: write free('namespace::name', ...)"

    def test_without_its_parentheses(self) -> None:
        scan = constant(Cost())
        with pytest.raises(FormulaError) as caught:
            cast("Callable[[object], object]", formula)(scan)
        assert str(caught.value) == (
            f"{scan!r} is no operator: a name is written 'namespace::name', without overload, as in 'aten::addmm'"
        )

    def test_what_is_no_function(self) -> None:
        partial = functools.partial(constant(Cost()))
        with pytest.raises(FormulaError) as caught:
            formula("shop::scan")(partial)
        assert str(caught.value) == f"@formula marks a function; {partial!r} is a partial"


class TestCollecting:
    def test_formulas_and_free_operators(self) -> None:
        views = free("shop::view", "shop::crop", reason="a view of the same storage")
        table = collect([module(scan=formula("shop::scan")(constant(Cost(7, 5)))), module(VIEWS=views, other=3)])
        assert table.cost(CALL) == Cost(7, 5)
        assert table.free == {"shop::view": views, "shop::crop": views}
        assert [table.knows(name) for name in ("shop::scan", "shop::crop", "shop::sort")] == [True, True, False]

    def test_nothing(self) -> None:
        assert collect([]) == FormulaTable()

    def test_a_mark_that_another_module_imports_counts_once(self) -> None:
        scan = formula("shop::scan")(constant(Cost()))
        views = free("shop::view", reason="a view")
        mine, theirs = module(scan=scan, VIEWS=views), module(their_scan=scan, VIEWS=views)
        assert collect([mine, theirs]) == collect([mine]) == collect([mine]) + collect([theirs])

    def test_two_formulas(self) -> None:
        first = formula("shop::scan")(constant(Cost()))
        second = formula("shop::scan")(lambda **_: Cost())
        said = f"shop::scan stands twice: {place(first)} and {place(second)}"
        with pytest.raises(FormulaError) as caught:
            collect([module(first=first), module(second=second)])
        assert str(caught.value) == said
        with pytest.raises(FormulaError) as caught:
            collect([module(first=first)]) + collect([module(second=second)])
        assert str(caught.value) == said

    def test_a_formula_and_a_place_among_the_free(self) -> None:
        scan = formula("shop::scan")(constant(Cost()))
        views = free("shop::scan", reason="a view")
        with pytest.raises(FormulaError) as caught:
            collect([module(scan=scan, VIEWS=views)])
        assert str(caught.value) == f"shop::scan stands twice: {place(scan)} and {views.place}"

    def test_a_formula_and_a_declaration_as_free(self) -> None:
        scan = formula("shop::scan")(constant(Cost()))
        declared = FormulaTable(free={"shop::scan": Free(("shop::scan",), "declared")})
        with pytest.raises(FormulaError) as caught:
            collect([module(scan=scan)]) + declared
        assert str(caught.value) == f"shop::scan stands twice: {place(scan)} and among the free operators"

    def test_twice_in_one_list_of_the_free(self) -> None:
        with pytest.raises(FormulaError) as caught:
            free("shop::view", "shop::view", reason="a view")
        assert str(caught.value) == "free names 'shop::view' twice"
        with pytest.raises(FormulaError) as caught:
            formula("shop::scan", "shop::scan")
        assert str(caught.value) == "@formula names 'shop::scan' twice"


class TestCost:
    def test_known_and_unknown(self) -> None:
        table = FormulaTable(
            {"shop::scan": Formula("shop::scan", constant(Cost(7, 5)), None, "flops.py:3")},
            {"shop::view": Free(("shop::view",), "a view")},
        )
        assert table.cost(CALL) == Cost(7, 5)
        assert table.cost(OperatorCall("shop::view", "", {}, None)) == Cost()
        assert table.cost(OperatorCall("shop::sort", "", {}, None)) is None

    @pytest.mark.parametrize(
        ("returned", "shown"),
        [
            (12, "12"),
            (None, "None"),
            (Cost(-1, 0), "Cost(macs=-1, other_flops=0)"),
            (Cost(0, cast("int", 1.5)), "Cost(macs=0, other_flops=1.5)"),
        ],
    )
    def test_a_formula_that_returns_no_cost(self, returned: object, shown: str) -> None:
        table = FormulaTable({"shop::scan": Formula("shop::scan", constant(returned), None, "flops.py:3")})
        with pytest.raises(FormulaError) as caught:
            table.cost(CALL)
        assert str(caught.value) == (
            f"the formula for shop::scan (flops.py:3) returned {shown}, not a Cost(macs, other_flops) of integers "
            "from 0 up"
        )

    @pytest.mark.parametrize(
        ("function", "raised"),
        [
            (lambda self, **_: Cost(self.numel // 0), "ZeroDivisionError: integer division or modulo by zero"),
            (lambda self, **_: Cost(self.shape[2]), "IndexError: tuple index out of range"),
        ],
    )
    def test_a_formula_that_raises(self, function: FormulaFunction, raised: str) -> None:
        table = FormulaTable({"shop::scan": Formula("shop::scan", function, None, "flops.py:3")})
        with pytest.raises(FormulaError) as caught:
            table.cost(CALL)
        assert str(caught.value) == (
            f"the formula for shop::scan (flops.py:3) raised {raised}; it was called with self=float32[2, 3], "
            "dims=(0, 1), out=int8[2, 3]"
        )

    def test_a_formula_with_wrong_arguments(self) -> None:
        def scan(tensor: TensorSpec, **_: object) -> Cost:
            return Cost(tensor.numel)

        call = OperatorCall("shop::scan", "", {"tensors": (TensorSpec((2,)), None)}, (TensorSpec((2,)), 3))
        with pytest.raises(FormulaError) as caught:
            collect([module(scan=formula("shop::scan")(scan))]).cost(call)
        assert str(caught.value) == (
            f"the formula for shop::scan ({place(scan)}) raised TypeError: "
            "TestCost.test_a_formula_with_wrong_arguments.<locals>.scan() missing 1 required positional argument: "
            "'tensor'; it was called with tensors=(float32[2], None), out=(float32[2], 3)"
        )


class TestShape:
    @pytest.mark.parametrize("operator", ["shop::scan", "shop::sort"])
    def test_a_formula_without_one_and_no_formula(self, operator: str) -> None:
        table = FormulaTable({"shop::scan": Formula("shop::scan", constant(Cost()), None, "flops.py:3")})
        with pytest.raises(FormulaError) as caught:
            table.shape(operator, CALL.arguments)
        assert str(caught.value) == f"{operator} has no formula with a shape"
