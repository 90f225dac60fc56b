"""From a model's file to what is built of it and what it is called with, by the ending of its name."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

import torch

from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.model_files import GRAPH, PROGRAM, ending_of, is_graph, is_model_file
from pytest_flopbudget.errors import FlopBudgetError, MeasureError
from pytest_flopbudget.trace.building import Blueprint, Preparation
from pytest_flopbudget.trace.inputs import Arguments, Nests
from pytest_flopbudget.trace.model_files.graphs import own_inputs
from pytest_flopbudget.trace.model_files.programs import read_program
from pytest_flopbudget.trace.model_files.scripts import read_script
from pytest_flopbudget.trace.model_files.signatures import Signature

OWN = "its own input"

# What the programs of this process take, by the file and when it was written: a curve asks at every point.
_SIGNATURES: dict[tuple[str, int, int], Signature] = {}


def named(model: str | PathLike[str]) -> tuple[str, Path]:
    """The name and the path of a file that a caller names.

    Raises:
        FlopBudgetError: Its ending is none of those that are read.
    """
    name = str(fspath(model))
    if not is_model_file(name):
        raise FlopBudgetError(f"{name!r} is no model: give a torch.nn.Module, or a file that is a .pt2, .pt or .onnx")
    return name, Path(name)


def module_of(name: str, path: Path) -> torch.nn.Module:
    """The model that a file holds.

    Raises:
        MeasureError: The file cannot be read, or holds a graph of ONNX, which is no module.
    """
    if is_graph(name):
        raise MeasureError(f"factory {name!r} is a graph, and no torch.nn.Module: it is counted, and cannot be run")
    if ending_of(name) != PROGRAM:
        return read_script(name, path)
    module, signature = read_program(name, path)
    _SIGNATURES[_key(path)] = signature
    return module


def blueprint_from(case: Case, path: Path, prepare: tuple[tuple[str, Preparation], ...]) -> Blueprint:
    """How the model of a file is made: it is loaded.

    Raises:
        MeasureError: The case gives it arguments, which a file does not take.
    """
    if case.args or case.kwargs:
        raise MeasureError(f"factory {case.factory!r} is a file, which takes no {'args' if case.args else 'kwargs'}")

    def load() -> torch.nn.Module:
        return module_of(case.factory, path)

    return Blueprint(case.factory, load, load, prepare)


def arguments_from(name: str, path: Path, given: Arguments | None) -> Arguments:
    """What the model of a file is called with: what is given, which must fit, or what the file itself says.

    Args:
        name: The file as it is declared.
        path: Where that is.
        given: What is declared; None for the file's own.
    """
    if given is None:
        own = {PROGRAM: _own, GRAPH: own_inputs}.get(ending_of(name), _none)
        return Arguments(OWN, lambda: own(name, path))
    if ending_of(name) != PROGRAM:
        return given
    return Arguments(given.text, lambda: _fitting(name, path, given))


def _own(name: str, path: Path) -> Nests:
    own = _signature(name, path).own
    if own is None:
        raise MeasureError(f"factory {name!r} carries no inputs of its own: declare one, as in input = '1x3x224x224'")
    return own


def _fitting(name: str, path: Path, given: Arguments) -> Nests:
    return _signature(name, path).fitting(name, given.make())


def _signature(name: str, path: Path) -> Signature:
    if not path.is_file() or _key(path) not in _SIGNATURES:
        module_of(name, path)
    return _SIGNATURES[_key(path)]


def _key(path: Path) -> tuple[str, int, int]:
    seen = path.stat()
    return str(path), seen.st_mtime_ns, seen.st_size


def _none(name: str, _path: Path) -> Nests:
    raise MeasureError(f"factory {name!r} is TorchScript, which has no inputs of its own: declare one")
