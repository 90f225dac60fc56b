"""Measuring a model that is there already: one that a caller hands in, at inputs of the caller's or a table's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.counting.measurement import THOP_KNOWS, Backend, Measurement, Mode
from pytest_flopbudget.declaring.cases import EXECUTE_LIMIT, Case, Table
from pytest_flopbudget.declaring.model_files import is_graph, is_model_file
from pytest_flopbudget.declaring.resolving import importable
from pytest_flopbudget.engine import (
    arguments_of,
    artifact_bytes_of,
    beside,
    counted,
    formulas_of,
    loss_of,
    need_torch,
    thop_rules_of,
)
from pytest_flopbudget.errors import FlopBudgetError, did_you_mean
from pytest_flopbudget.judge.comparison import Comparison

if TYPE_CHECKING:
    from pytest_flopbudget.trace.following import Subject
    from pytest_flopbudget.trace.inputs import Arguments

Model = Callable[..., object]

_MODES: tuple[Mode, ...] = get_args(Mode)
_BACKENDS: tuple[Backend, ...] = get_args(Backend)


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How a model is measured.

    Args:
        table: The table whose formulas and free operators count too; None for ours alone.
        mode: The forward alone, or a step of training.
        backend: Whether it is traced on shapes, executed, whichever of the two goes, or counted by thop.
        execute_limit: The most bytes of parameters, buffers and inputs at which it is executed.
        lines: Whether to keep the user's own line of every call.
        crosscheck: Whether :class:`Both` are counted, ours and thop's.

    Raises:
        FlopBudgetError: There is no such mode or backend, or it knows no lines.
    """

    table: Table | None = None
    mode: Mode = "inference"
    backend: Backend = "auto"
    execute_limit: int = EXECUTE_LIMIT
    lines: bool = False
    crosscheck: bool = False

    def __post_init__(self) -> None:
        _refuse_unknown(self.mode, "mode", _MODES)
        _refuse_unknown(self.backend, "backend", _BACKENDS)
        if self.backend == "thop" and self.lines:
            raise FlopBudgetError(f"lines: {THOP_KNOWS}")


@dataclass(frozen=True, slots=True)
class Both:
    """What was counted, and where that was asked for our count beside thop's, or why there is none."""

    measurement: Measurement
    comparison: Comparison | str | None = None


def measure_given(
    model: Model | str | PathLike[str], input: object, input_kwargs: Mapping[str, object] | None, way: Way
) -> Both:
    """Count a model at inputs that the caller gives; it is the same afterwards.

    Args:
        model: A ``torch.nn.Module``, a bound method of one, or the path of a file that holds one.
        input: As for :func:`pytest_flopbudget.count`.
        input_kwargs: Keyword inputs beside it.
        way: How it is measured.

    Raises:
        InputError: An input is no shape.
        FlopBudgetError: The model cannot be measured, or is none.
    """
    need_torch()
    from pytest_flopbudget.trace.given import given

    arguments = given(input, input_kwargs)
    if not isinstance(model, (str, PathLike)):
        return _both(_subject(model, arguments), way)
    from pytest_flopbudget.trace.model_files.opening import arguments_from, module_of, named

    name, path = named(model)
    none_given = isinstance(input, tuple) and not input and not input_kwargs
    if is_graph(name):
        return Both(_of_graph(name, path, None if none_given else arguments, way))
    arguments = arguments_from(name, path, None if none_given else arguments)
    return _both(_subject(module_of(name, path), arguments), way)


def measure_declared(model: Model, case: Case, way: Way) -> Both:
    """Count a model of the caller's at the input, the part and the method of a declared case.

    Raises:
        FlopBudgetError: The model cannot be measured, or is none.
    """
    need_torch()
    with importable(_folders(way.table)):
        loss, arguments = loss_of(replace(case, mode=way.mode)), arguments_of(case, _folder(way.table))
        if is_model_file(case.factory):
            # The file is read before anything is followed.
            arguments.make()
        subject = _subject(model, arguments, part=case.part, call=case.call or "", loss=loss)
        size = None if way.table is None else artifact_bytes_of(case, way.table)
        both = _both(subject, way)
        steps = replace(case, mode=way.mode).steps
        return replace(both, measurement=replace(both.measurement, artifact_bytes=size, repeat=steps))


@contextmanager
def counted_region(table: Table | None) -> Iterator[Callable[[], Measurement]]:
    """Count whatever runs inside the block, for real; what is yielded gives the measurement afterwards.

    Raises:
        MeasureError: What ran inside cannot be counted, such as a thread's work.
        FormulaError: A formula of the table stands twice, or failed on a call.
    """
    need_torch()
    from pytest_flopbudget.trace.region import region

    formulas = _formulas(table)
    with region(formulas) as seen:
        yield lambda: counted(seen.trace(), formulas)


def _of_graph(name: str, path: Path, arguments: Arguments | None, way: Way) -> Measurement:
    from pytest_flopbudget.trace.model_files.graphs import count_graph

    return count_graph(name, path, arguments, _formulas(way.table), backend=way.backend, mode=way.mode)


def _subject(
    model: Model, arguments: Arguments, *, part: str = "", call: str = "", loss: Model | None = None
) -> Subject:
    from pytest_flopbudget.trace.parts import owner_of, subject_of

    owner, method = owner_of(model)
    # A bound method says itself what is called, and of which module.
    if method is None:
        return subject_of(owner, arguments, part=part, call=call, loss=loss)
    return replace(subject_of(owner, arguments, loss=loss), method=method)


def _both(subject: Subject, way: Way) -> Both:
    measurement = _measured(subject, way)
    if not way.crosscheck:
        return Both(measurement)
    return Both(measurement, beside(measurement, lambda backend: _measured(subject, replace(way, backend=backend))))


def _measured(subject: Subject, way: Way) -> Measurement:
    from pytest_flopbudget.trace.ladder import Request, trace_live

    request = Request(
        mode=way.mode,
        backend=way.backend,
        execute_limit=way.execute_limit,
        lines=way.lines,
        shape_rules=way.table is None or way.table.shape_rules,
    )
    if way.backend == "thop":
        from pytest_flopbudget.trace.thop_backend import count_live

        with importable(_folders(way.table)):
            return count_live(subject, request, lambda: thop_rules_of(way.table))
    formulas = _formulas(way.table)
    return counted(trace_live(subject, formulas, request), formulas)


def _refuse_unknown(word: str, noun: str, known: Sequence[str]) -> None:
    if word not in known:
        hint = did_you_mean(str(word), known) or f"; there is {', '.join(known)}"
        raise FlopBudgetError(f"{word!r} is no {noun}{hint}")


def _formulas(table: Table | None) -> FormulaTable:
    """Our formulas, and a table's own beside them."""
    if table is None:
        return FORMULAS
    with importable(_folders(table)):
        return formulas_of(table)


def _folder(table: Table | None) -> Path:
    return Path() if table is None else table.folder


def _folders(table: Table | None) -> tuple[str, ...]:
    return () if table is None else table.folders
