"""Helpers for people who write formulas of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Literal

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.marking import FormulaTable, collect
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.showing import shown_arguments
from pytest_flopbudget.errors import FormulaError

__all__ = ["check_formula"]


def check_formula(function: Callable[..., object], *args: object, **kwargs: object) -> Cost:
    """Call what a formula is for, on shapes alone and for real, and compare what the formula is told.

    Args:
        function: Marked with ``@formula`` or ``@module_formula``, for one operator or module or for several that take
            the same arguments.
        args: What the operator is called with, tensors and plain values; for a module's formula the module first, then
            its inputs.
        kwargs: Keyword arguments beside them.

    Returns:
        What the formula counts for this call, the same both ways: in MACs and FLOPs. Of several operators, the first's.

    Raises:
        AssertionError: On shapes alone the output has another shape or type than for real (``shape=`` or the operator's
            own fake is wrong), or the costs differ.
        FormulaError: The function is not marked, names an operator that is not there, or fails.
        MeasureError: The operator or the module cannot run with these arguments.
    """
    marked = ModuleType("marked")
    vars(marked)["function"] = function
    own = collect([marked])
    if own == FormulaTable():
        raise FormulaError("check_formula takes a function that is marked with @formula or @module_formula")
    costs = [_checked(name, model, given, kwargs, FORMULAS + own) for name, model, given in _subjects(own, args)]
    return costs[0]


def _subjects(own: FormulaTable, args: tuple[object, ...]) -> list[tuple[str, object, tuple[object, ...]]]:
    """What to call, and with which arguments, for each operator or module that the formula is for."""
    from pytest_flopbudget.trace.operators import Operator

    if not own.modules:
        return [(name, Operator(name), args) for name in own.formulas]
    module = args[0] if args else None
    whole = own.of_module(type(module))
    if whole is None:
        names = ", ".join(each.name for each in own.modules.values())
        raise FormulaError(f"the formula for {names}: give the module first, then its inputs; not {module!r}")
    return [(whole.name, module, args[1:])]


def _checked(
    name: str, model: object, args: tuple[object, ...], kwargs: dict[str, object], table: FormulaTable
) -> Cost:
    on_shapes = _called(name, _measured(model, args, kwargs, table, "shapes"))
    # Where a formula gives the shape, the module would not run for real either.
    running = {layer: replace(whole, shape=None) for layer, whole in table.modules.items()}
    executed = _called(name, _measured(model, args, kwargs, replace(table, modules=running), "execute"))
    for (call, cost), (real, real_cost) in zip(on_shapes, executed, strict=True):
        before, after = _out(call), _out(real)
        if before != after:
            raise AssertionError(f"{name}: on shapes its output is {before}, for real it is {after}")
        if cost != real_cost:
            raise AssertionError(f"{name}: on shapes it costs {cost}, for real {real_cost}")
    return on_shapes[0][1] or Cost()


def _measured(
    model: object,
    args: tuple[object, ...],
    kwargs: dict[str, object],
    table: FormulaTable,
    backend: Literal["shapes", "execute"],
) -> Measurement:
    from pytest_flopbudget.trace.inputs import Arguments
    from pytest_flopbudget.trace.ladder import Request, trace_live
    from pytest_flopbudget.trace.parts import owner_of, subject_of

    shown = ", ".join([*map(_shown, args), *(f"{key}={_shown(value)}" for key, value in kwargs.items())])
    owner, _ = owner_of(model)
    subject = subject_of(owner, Arguments(shown, lambda: (args, kwargs)))
    return Measurement.of(trace_live(subject, table, Request(backend=backend)), table)


def _called(name: str, measurement: Measurement) -> list[tuple[OperatorCall, Cost | None]]:
    found = [(call, cost) for call, cost in measurement.calls if call.operator == name]
    if not found:
        raise AssertionError(f"{name} was never called; called was {', '.join(measurement.by_operator()) or 'nothing'}")
    return found


def _shown(value: object) -> str:
    shape = getattr(value, "shape", None)
    return repr(value) if shape is None else "x".join(map(str, shape)) or "scalar"


def _out(call: OperatorCall) -> str:
    return shown_arguments({"": call.out}).removeprefix("=")
