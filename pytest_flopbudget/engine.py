"""Measuring a case: its factory is resolved, handed to a backend with the formulas, and what it saw is counted."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.marking import FormulaTable, Free, collect
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declare.cases import Case, Table
from pytest_flopbudget.declare.resolving import (
    import_module,
    import_references,
    importable,
    resolve_callable,
    resolved,
)
from pytest_flopbudget.errors import RunError

if TYPE_CHECKING:
    from pytest_flopbudget.trace.building import Preparation
    from pytest_flopbudget.trace.inputs import Arguments

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

        arguments, prepare = _arguments(case), _preparations(case)

        from pytest_flopbudget.trace.building import Blueprint
        from pytest_flopbudget.trace.ladder import Request, trace_declared
        from pytest_flopbudget.trace.parts import subject_of

        blueprint = Blueprint(case.factory, lambda: _called(factory, case), factory, prepare)
        request = Request(backend=case.backend, build=case.build, execute_limit=case.execute_limit)
        try:
            trace = trace_declared(
                blueprint,
                lambda model: subject_of(model, arguments, part=case.part, call=case.call or ""),
                formulas,
                request,
            )
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


def _arguments(case: Case) -> Arguments:
    """What the model is called with; an input factory is imported before anything is built."""
    from pytest_flopbudget.trace.given import declared, made

    if case.input_factory is None:
        return declared(case.inputs)
    return made(case.input_factory, resolve_callable(case.input_factory, "input_factory"), case.point)


def _preparations(case: Case) -> tuple[tuple[str, Preparation], ...]:
    from pytest_flopbudget.trace.building import method_of

    return tuple(
        (name, method_of(name) if name.startswith(".") else resolve_callable(name, "prepare")) for name in case.prepare
    )


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
