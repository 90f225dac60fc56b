"""Measuring a case: its factory is resolved, handed to a backend with the formulas, and what it saw is counted."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from pytest_flopbudget.counting.artifact import Artifact
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.marking import FormulaTable, Free, collect
from pytest_flopbudget.counting.measurement import Backend, Measurement, Trace
from pytest_flopbudget.declaring.cases import AskedCase, Case, Table
from pytest_flopbudget.declaring.hints import digits_hints, size_hint
from pytest_flopbudget.declaring.model_files import is_graph, is_model_file, takes_its_own
from pytest_flopbudget.declaring.references import UnknownReferenceError, referred
from pytest_flopbudget.declaring.resolving import (
    import_module,
    import_references,
    importable,
    resolve,
    resolve_callable,
    resolved,
)
from pytest_flopbudget.errors import FlopBudgetError, MeasureError, RunError
from pytest_flopbudget.judge.comparison import Comparison, compared
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.targets import limits_of

if TYPE_CHECKING:
    from pytest_flopbudget.trace.building import Blueprint, Preparation
    from pytest_flopbudget.trace.following import Subject
    from pytest_flopbudget.trace.inputs import Arguments
    from pytest_flopbudget.trace.ladder import Request
    from pytest_flopbudget.trace.real import Module
    from pytest_flopbudget.trace.shelf import Shelf

Measure = Callable[[Case, Table], Measurement]


def measure(case: Case, table: Table, shelf: Shelf | None = None, *, lines: bool = False) -> Measurement:
    """Count a case.

    Args:
        case: The case.
        table: The table that declares it.
        shelf: Keeps its model for the cases that build it alike; None builds it for this case alone.
        lines: Whether to keep the user's own line of every call.

    Raises:
        MeasureError: The factory, the model, an input or the built file cannot be used; the message says why.
        FormulaError: A formula is marked wrongly, stands twice, or failed on a call.
    """
    size = artifact_bytes_of(case, table)
    return replace(_measured(case, table, shelf, lines=lines), artifact_bytes=size, repeat=case.steps)


def _measured(case: Case, table: Table, shelf: Shelf | None, *, lines: bool) -> Measurement:
    with importable(table.folders):
        if case.backend == "thop":
            _load_thop()
        formulas = formulas_of(table)
        if is_graph(case.factory):
            need_torch()
            from pytest_flopbudget.trace.model_files.graphs import measure_graph

            return measure_graph(case, table.folder / case.factory, arguments_of(case, table.folder), formulas)
        blueprint, loss = blueprint_of(case, table.folder), loss_of(case)
        arguments = arguments_of(case, table.folder)

        from pytest_flopbudget.trace.building import BuildError
        from pytest_flopbudget.trace.ladder import trace_declared
        from pytest_flopbudget.trace.parts import subject_of

        def aim(model: Module) -> Subject:
            return subject_of(model, arguments, part=case.part, call=case.call or "", loss=loss)

        request = replace(_request(case, table), lines=lines)
        try:
            if case.backend == "thop":
                from pytest_flopbudget.trace.thop_backend import count_declared

                return count_declared(blueprint, aim, request, lambda: thop_rules_of(table))
            trace = trace_declared if shelf is None else shelf.trace
            return counted(trace(blueprint, aim, formulas, request), formulas)
        except RunError as error:
            raise error.with_details(*size_hint(blueprint.factory, case)) from error.__cause__
        except BuildError as error:
            raise error.with_details(*digits_hints(case)) from error.__cause__


def counted(trace: Trace, formulas: FormulaTable) -> Measurement:
    """Apply formulas to a trace, ours and a project's own.

    Raises:
        FormulaError: A formula failed on a call, or one of the project's names an operator that is not there.
    """
    from pytest_flopbudget.trace.operators import refuse_unknown

    if formulas is not FORMULAS:
        refuse_unknown(formulas.beside(FORMULAS))
    return Measurement.of(trace, formulas)


def artifact_of(case: Case, table: Table) -> Artifact | None:
    """What was built from a case's model, read from its file; None where none is declared.

    Raises:
        MeasureError: The file is not there, or cannot be read.
    """
    if case.artifact is None:
        return None
    from pytest_flopbudget.trace.artifacts.reading import read_artifact

    return read_artifact(case.artifact, table.folder / case.artifact)


def artifact_bytes_of(case: Case, table: Table) -> int | None:
    """The size of what was built from a case's model, in bytes; None where no file is declared."""
    if case.artifact is None:
        return None
    from pytest_flopbudget.trace.artifacts.reading import size_of

    return size_of(case.artifact, table.folder / case.artifact)


def crosscheck(case: Case, table: Table, measurement: Measurement) -> Comparison | str:
    """Our count of a case beside thop's: whichever of the two is not there yet is counted.

    Returns:
        The comparison, or why there is none, as one line.
    """
    return beside(measurement, lambda backend: measure(replace(case, backend=backend), table))


def beside(measurement: Measurement, counted_by: Callable[[Backend], Measurement]) -> Comparison | str:
    """A count beside that of the other counter, ours or thop's; or why there is none, as one line.

    Args:
        measurement: The count that is there.
        counted_by: Counts the same by another backend.
    """
    try:
        return compared(measurement, counted_by("auto" if measurement.backend == "thop" else "thop"))
    except FlopBudgetError as error:
        return str(error).partition("\n")[0]


def thop_rules_of(table: Table | None) -> object:
    """The project's own rules for thop; none where none are named.

    Raises:
        MeasureError: They cannot be imported.
    """
    return {} if table is None or table.thop_rules is None else resolve(table.thop_rules, "thop_rules")


def references(case: Case | AskedCase, table: Table | None, measured: Measure = measure) -> dict[str, Measurement]:
    """Count what the limits of a case are shares of, by the reference as it is written: ``"teacher"``.

    Args:
        case: A declared case, or one that a test asks for.
        table: The table that declares the models; None where there is none.
        measured: Counts each of them.

    Raises:
        FlopBudgetError: A model is not declared, has no such point, or cannot be measured.
    """
    by_name = {limit.of: limit for limit in limits_of(case) if limit.of}
    return {name: _reference(limit, case, table, measured) for name, limit in by_name.items()}


def _reference(limit: Limit, case: Case | AskedCase, table: Table | None, measured: Measure) -> Measurement:
    asked = f"{limit.metric} {limit.source!r} at {limit.place}"
    if table is None:
        raise UnknownReferenceError(f"{asked}: no table declares {limit.of!r}")
    try:
        return measured(referred(limit.of, case, table.cases), table)
    except UnknownReferenceError as error:
        raise UnknownReferenceError(f"{asked}: {error}") from None
    except MeasureError as error:
        raise MeasureError(f"{asked}: {limit.of}: {error.headline}", *error.details) from error


def formulas_of(table: Table) -> FormulaTable:
    """The project's formulas and free operators beside ours.

    Raises:
        MeasureError: A module of formulas cannot be imported.
        FormulaError: An operator stands twice.
    """
    modules = [import_module(name, f"formulas {name!r}") for name in table.formulas]
    formulas = FORMULAS + collect(each for each in modules if isinstance(each, ModuleType)) if modules else FORMULAS
    if table.free:
        declared = Free(table.free, "declared free in the table", table.path)
        formulas += FormulaTable(free=dict.fromkeys(table.free, declared))
    return formulas


def blueprint_of(case: Case, folder: Path) -> Blueprint:
    """How a case's model is made; everything that this needs is imported, and nothing is built yet.

    Args:
        case: The case.
        folder: Where a factory that is a file is looked for.

    Raises:
        MeasureError: The factory, a preparation or a reference cannot be imported, or torch is not installed.
    """
    need_torch()
    if is_model_file(case.factory):
        from pytest_flopbudget.trace.model_files.opening import blueprint_from

        return blueprint_from(case, folder / case.factory, _preparations(case))
    factory = resolve_callable(case.factory)
    import_references((*case.args, *case.kwargs.values()))
    from pytest_flopbudget.trace.building import Blueprint

    return Blueprint(case.factory, lambda: _called(factory, case), factory, _preparations(case))


def arguments_of(case: Case, folder: Path) -> Arguments:
    """What a case's model is called with; an input factory is imported, and nothing is made yet.

    Args:
        case: The case; without an input, a factory that is a file has its own.
        folder: Where such a file is looked for.

    Raises:
        MeasureError: The input factory cannot be imported.
    """
    from pytest_flopbudget.trace.given import declared, made

    given = declared(case.inputs)
    if case.input_factory is not None:
        given = made(case.input_factory, resolve_callable(case.input_factory, "input_factory"), case.point)
    if is_model_file(case.factory):
        from pytest_flopbudget.trace.model_files.opening import arguments_from

        return arguments_from(case.factory, folder / case.factory, None if takes_its_own(case) else given)
    return given


def loss_of(case: Case) -> Callable[..., object] | None:
    """What a case in training differentiates in the place of its outputs; None where it has no loss, or no training.

    Raises:
        MeasureError: The loss cannot be imported, or cannot be called.
    """
    return resolve_callable(case.loss, "loss") if case.loss is not None and case.mode == "training" else None


def _request(case: Case, table: Table) -> Request:
    from pytest_flopbudget.trace.ladder import Request

    return Request(
        mode=case.mode,
        backend=case.backend,
        build="real" if is_model_file(case.factory) else case.build,
        execute_limit=case.execute_limit,
        worst=case.assume if case.data_dependent == "worst" else None,
        shape_rules=table.shape_rules,
    )


def _preparations(case: Case) -> tuple[tuple[str, Preparation], ...]:
    from pytest_flopbudget.trace.building import method_of

    return tuple(
        (name, method_of(name) if name.startswith(".") else resolve_callable(name, "prepare")) for name in case.prepare
    )


def need_torch() -> None:
    """Say that torch is not there before something fails for want of it.

    Raises:
        MeasureError: torch is not installed.
    """
    try:
        importlib.import_module("torch")
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MeasureError("torch is not installed: without it nothing can be counted") from None


def _load_thop() -> None:
    """Import thop before the user's modules do: they need what stands in for ``distutils`` too."""
    need_torch()
    from pytest_flopbudget.trace.thop_import import load_thop

    load_thop()


def _called(factory: Callable[..., object], case: Case) -> object:
    return factory(*map(resolved, case.args), **{name: resolved(value) for name, value in case.kwargs.items()})
