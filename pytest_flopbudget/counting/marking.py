"""Formulas and free operators are marked where they are written; one place collects them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import TypeAlias, TypeVar

from pytest_flopbudget.counting.marked import functions_of, note_marked
from pytest_flopbudget.counting.module_formulas import MODULE_MARK, ModuleFormula, checked_shape
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.showing import shown_arguments
from pytest_flopbudget.errors import FormulaError

FormulaFunction = Callable[..., Cost]
ShapeFunction = Callable[..., Sequence[int]]
Function = TypeVar("Function", bound=FormulaFunction)

_MARK = "__flopbudget_formula__"
OPERATOR = re.compile(r"[A-Za-z_]\w*::[A-Za-z_]\w*", re.ASCII)
_NEARLY_AN_OPERATOR = re.compile(r"(?:torch\.ops\.)?([A-Za-z_]\w*)(?:::?|\.)([A-Za-z_]\w*)(?:\.\w+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Formula:
    """The cost of one operator, as a function of its arguments.

    Args:
        operator: Its name without overload, such as ``"aten::addmm"``.
        function: Called with the call's arguments by their schema names and the output as ``out``.
        shape: The output's shape from the same arguments, for an operator without a data-less kernel.
        place: Where the function is written, ``file:line``.
    """

    operator: str
    function: FormulaFunction
    shape: ShapeFunction | None
    place: str


@dataclass(frozen=True, slots=True)
class Free:
    """Operators that compute nothing, why that is so, and where it is said, ``file:line``."""

    operators: tuple[str, ...]
    reason: str
    place: str = "among the free operators"


Mark: TypeAlias = "Formula | Free | ModuleFormula"


@dataclass(frozen=True, slots=True)
class FormulaTable:
    """What every operator costs: formulas and free operators by the operator's name; modules by their class."""

    formulas: Mapping[str, Formula] = field(default_factory=dict)
    free: Mapping[str, Free] = field(default_factory=dict)
    modules: Mapping[type, ModuleFormula] = field(default_factory=dict)

    def knows(self, operator: str) -> bool:
        """Whether the operator has a formula or a place among the free."""
        return operator in self.formulas or operator in self.free

    def cost(self, call: OperatorCall) -> Cost | None:
        """The cost of a call; None where the operator is uncounted.

        Raises:
            FormulaError: The formula failed on this call, or returned no :class:`Cost`.
        """
        if call.cost is not None:
            return call.cost
        formula = self.formulas.get(call.operator)
        if formula is None:
            return Cost() if call.operator in self.free else None
        # An overload that writes to `out=` has an argument of that name; the output is the same, or is not given.
        out = call.arguments.get("out") if call.out is None else call.out
        arguments = {**call.arguments, "out": out}
        try:
            cost: object = formula.function(**arguments)
        except Exception as error:
            raise FormulaError(
                f"the formula for {call.operator} ({formula.place}) raised {type(error).__name__}: {error}; "
                f"it was called with {shown_arguments(arguments)}"
            ) from error
        if not isinstance(cost, Cost) or not cost.is_sound:
            raise FormulaError(
                f"the formula for {call.operator} ({formula.place}) returned {cost!r}, not a Cost(macs, other_flops) "
                "of integers from 0 up"
            )
        return cost

    def shape(self, operator: str, arguments: Mapping[str, object]) -> tuple[int, ...]:
        """The output's shape by the function that the operator's formula was given with ``shape=``.

        Raises:
            FormulaError: There is none, it failed on these arguments, or returned no sizes.
        """
        formula = self.formulas.get(operator)
        if formula is None or formula.shape is None:
            raise FormulaError(f"{operator} has no formula with a shape")
        try:
            shape: object = formula.shape(**arguments)
        except Exception as error:
            raise FormulaError(
                f"the shape of {operator} ({formula.place}) raised {type(error).__name__}: {error}; "
                f"it was called with {shown_arguments(arguments)}"
            ) from error
        return checked_shape(shape, f"the shape of {operator} ({formula.place})")

    def of_module(self, layer: type) -> ModuleFormula | None:
        """The formula for modules of a class: its own, or that of the nearest class that it inherits from."""
        return next((self.modules[each] for each in layer.__mro__ if each in self.modules), None)

    def beside(self, other: FormulaTable) -> FormulaTable:
        """What stands in this table and not in another."""
        return FormulaTable(
            {name: mark for name, mark in self.formulas.items() if name not in other.formulas},
            {name: mark for name, mark in self.free.items() if name not in other.free},
            {layer: mark for layer, mark in self.modules.items() if layer not in other.modules},
        )

    def __add__(self, other: FormulaTable) -> FormulaTable:
        """Both tables in one.

        Raises:
            FormulaError: An operator stands in both, at two places; both are named.
        """
        marks: dict[str, Formula | Free] = {**self.formulas, **self.free}
        others: dict[str, Formula | Free] = {**other.formulas, **other.free}
        for operator, mark in others.items():
            if marks.get(operator, mark) != mark:
                raise _twice(operator, marks[operator], mark)
        for layer, of_layer in other.modules.items():
            if self.modules.get(layer, of_layer) != of_layer:
                raise _twice(of_layer.name, self.modules[layer], of_layer)
        return FormulaTable(
            {**self.formulas, **other.formulas}, {**self.free, **other.free}, {**self.modules, **other.modules}
        )


def formula(*operators: str, shape: ShapeFunction | None = None) -> Callable[[Function], Function]:
    """Mark a function as the formula of one or more operators.

    The function is called with the operator's arguments by the names of its schema (tensors as
    ``TensorSpec``), the output as ``out``, and returns a ``Cost``. Overloads share a function, so it ends
    in ``**_``.

    Args:
        operators: Names without overload, such as ``"aten::addmm"``.
        shape: The output's shape from the same arguments, for an operator without a data-less kernel.

    Raises:
        FormulaError: No name, or one that is not of the form ``namespace::name``, or what is marked is no
            function.
    """
    names = _checked(operators, "@formula")

    def mark(function: Function) -> Function:
        if not isinstance(function, FunctionType):
            raise FormulaError(f"@formula marks a function; {function!r} is a {type(function).__name__}")
        place = f"{function.__code__.co_filename}:{function.__code__.co_firstlineno}"
        marked = getattr(function, _MARK, ())
        setattr(function, _MARK, (*marked, *(Formula(name, function, shape, place) for name in names)))
        note_marked(function)
        return function

    return mark


def free(*operators: str, reason: str) -> Free:
    """Mark operators as computing nothing; assign the result to a module-level name.

    Args:
        operators: Names without overload, such as ``"aten::view"``.
        reason: Why they cost nothing, in a few words.

    Raises:
        FormulaError: No name, or one that is not of the form ``namespace::name``.
    """
    marker = sys._getframe(1)
    return Free(_checked(operators, "free"), reason, f"{marker.f_code.co_filename}:{marker.f_lineno}")


def collect(modules: Iterable[ModuleType]) -> FormulaTable:
    """All that the modules mark, as one table. A mark that several modules import counts once.

    Raises:
        FormulaError: An operator or a module is marked at two places; both are named.
    """
    formulas: dict[str, Formula] = {}
    free_operators: dict[str, Free] = {}
    layers: dict[type, ModuleFormula] = {}
    for module in modules:
        for of_layer in _module_marks(module):
            if layers.setdefault(of_layer.layer, of_layer) != of_layer:
                raise _twice(of_layer.name, layers[of_layer.layer], of_layer)
        for operator, mark in _marks(module):
            earlier = formulas.get(operator) or free_operators.get(operator) or mark
            if earlier != mark:
                raise _twice(operator, earlier, mark)
            if isinstance(mark, Formula):
                formulas[operator] = mark
            else:
                free_operators[operator] = mark
    return FormulaTable(formulas, free_operators, layers)


def _module_marks(module: ModuleType) -> Iterator[ModuleFormula]:
    for function in functions_of(module):
        yield from getattr(function, MODULE_MARK, ())


def _marks(module: ModuleType) -> Iterator[tuple[str, Formula | Free]]:
    for function in functions_of(module):
        yield from ((mark.operator, mark) for mark in getattr(function, _MARK, ()))
    for value in list(vars(module).values()):
        if isinstance(value, Free):
            yield from ((operator, value) for operator in value.operators)


def _twice(name: str, first: Mark, second: Mark) -> FormulaError:
    return FormulaError(f"{name} stands twice: {first.place} and {second.place}")


def _checked(operators: Sequence[object], marker: str) -> tuple[str, ...]:
    if not operators:
        raise FormulaError(f"{marker} names no operator: write {marker}('namespace::name', ...)")
    names = tuple(_operator(name) for name in operators)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise FormulaError(f"{marker} names {twice!r} twice")
    return names


def _operator(name: object) -> str:
    if isinstance(name, str) and OPERATOR.fullmatch(name):
        return name
    said = f"{name!r} is no operator: a name is written 'namespace::name', without overload"
    nearly = _NEARLY_AN_OPERATOR.fullmatch(name) if isinstance(name, str) else None
    raise FormulaError(
        f"{said}; did you mean '{nearly[1]}::{nearly[2]}'?" if nearly else f"{said}, as in 'aten::addmm'"
    )
