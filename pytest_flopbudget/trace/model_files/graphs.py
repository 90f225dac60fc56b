"""An ONNX file as a measurement: its nodes as operator calls, its weights, what goes in and comes out. Nothing runs."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.counting.measurement import Backend, Measurement, Mode, Trace
from pytest_flopbudget.counting.onnx_formulas import ONNX_FORMULAS
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.inputs import Arguments, Nests
from pytest_flopbudget.trace.model_files.archives import called

_NOTE = "counted from the graph of an ONNX file, by its shapes; nothing was run"


def own_inputs(name: str, path: Path) -> Nests:
    """The inputs of an ONNX file by their names, where all sizes are fixed.

    Raises:
        MeasureError: The file cannot be read, or has open sizes.
    """
    need_onnx(called(name))
    from pytest_flopbudget.trace.model_files.onnx_inputs import own_of

    return (), own_of(name, path)


def need_onnx(wanted_by: str) -> None:
    """Say that onnx is not there before something fails for want of it.

    Args:
        wanted_by: What needs it, as a message begins.

    Raises:
        MeasureError: onnx is not installed.
    """
    if find_spec("onnx") is None:
        raise MeasureError(f"{wanted_by} needs a package that is not installed: pip install 'pytest-flopbudget[onnx]'")


def measure_graph(case: Case, path: Path, arguments: Arguments, formulas: FormulaTable) -> Measurement:
    """Count the ONNX file of a case.

    Args:
        case: The case.
        path: Where its file is.
        arguments: What it is called with.
        formulas: A project's own formulas and free operators among others.

    Raises:
        MeasureError: The file cannot be read, its inputs do not fit, or the case asks for what a graph has not.
        FormulaError: A formula failed on a node.
    """
    asked = {"call": case.call, "part": case.part, "prepare": case.prepare, "args": case.args, "kwargs": case.kwargs}
    for key, value in asked.items():
        if value:
            raise MeasureError(f"{called(case.factory)} is a graph, which takes no {key}")
    return count_graph(case.factory, path, arguments, formulas, backend=case.backend, mode=case.mode)


def count_graph(
    name: str,
    path: Path,
    arguments: Arguments | None,
    formulas: FormulaTable,
    *,
    backend: Backend = "auto",
    mode: Mode = "inference",
) -> Measurement:
    """Count an ONNX file.

    Raises:
        MeasureError: The file cannot be read, its inputs do not fit, or a size depends on data.
        FormulaError: A formula failed on a node.
    """
    if mode == "training":
        raise MeasureError(f"{called(name)} is a graph, which is not trained: count the model itself")
    if backend not in ("auto", "shapes"):
        raise MeasureError(f"{called(name)} is a graph, which backend = {backend!r} cannot run: leave it out")
    need_onnx(called(name))
    from pytest_flopbudget.trace.model_files.onnx_calls import seen_in

    seen = seen_in(name, path, arguments)
    trace = Trace(
        calls=seen.calls,
        modules=seen.modules,
        backend=backend,
        traced="shapes",
        built="given",
        notes=(_NOTE,),
        boundary=seen.boundary,
    )
    return Measurement.of(trace, ONNX_FORMULAS + formulas)
