"""Measuring a case: its factory is resolved, handed to a backend with the formulas, and what it saw is counted."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from pytest_flopbudget.count.formulas import FORMULAS
from pytest_flopbudget.count.marking import FormulaTable, Free, collect
from pytest_flopbudget.count.measurement import Measurement
from pytest_flopbudget.declare.cases import Case, Table
from pytest_flopbudget.declare.resolving import (
    import_module,
    import_references,
    importable,
    resolve_callable,
    resolved,
)
from pytest_flopbudget.errors import RunError

_SIZE_ARGUMENTS = ("img_size", "image_size", "input_size", "input_resolution", "resolution", "imgsz", "crop_size")


def measure(case: Case, table: Table) -> Measurement:
    """Count a case.

    Raises:
        MeasureError: The factory, the model or an input cannot be used; the message says which and why.
        FormulaError: A formula is marked wrongly, stands twice, or failed on a call.
    """
    with importable((*table.pythonpath, str(Path(table.path).parent))):
        formulas = formulas_of(table)
        factory = resolve_callable(case.factory)
        import_references((*case.args, *case.kwargs.values()))

        from pytest_flopbudget.trace.building import Blueprint, trace_declared

        blueprint = Blueprint(case.factory, lambda: _called(factory, case), factory)
        try:
            trace = trace_declared(blueprint, case.inputs, formulas, case.build)
        except RunError as error:
            raise error.with_details(*_size_hint(factory, case)) from error.__cause__
        return Measurement.of(trace, formulas)


def formulas_of(table: Table) -> FormulaTable:
    """The project's formulas and free operators beside ours.

    Raises:
        MeasureError: A module of formulas cannot be imported.
        FormulaError: An operator stands twice.
    """
    modules = [import_module(name, f"formulas {name!r}") for name in table.formulas]
    formulas: FormulaTable = FORMULAS + collect(module for module in modules if isinstance(module, ModuleType))
    if table.free:
        declared = Free(table.free, "declared free in the table", table.path)
        formulas += FormulaTable(free=dict.fromkeys(table.free, declared))
    return formulas


def _called(factory: Callable[..., object], case: Case) -> object:
    return factory(*map(resolved, case.args), **{name: resolved(value) for name, value in case.kwargs.items()})


def _size_hint(factory: Callable[..., object], case: Case) -> list[str]:
    """A way out for a factory that seems bound to one input size."""
    try:
        parameters = inspect.signature(factory).parameters
    except (TypeError, ValueError):
        return []
    names = [name for name in _SIZE_ARGUMENTS if name in parameters and name not in case.kwargs]
    if not names or not case.point:
        return []
    return [f'hint      the factory takes a size: kwargs = {{ {names[0]} = "${next(iter(case.point))}" }}']
