"""A program of ``torch.export`` from a ``.pt2`` file, with the tree of modules that it was exported from."""

from __future__ import annotations

import logging
import os
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, cast

import torch

from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.model_files.archives import called, loaded, stored_names
from pytest_flopbudget.trace.model_files.signatures import Signature, signature_of

_ONLY_WEIGHTS = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
_ANY_PICKLE = "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"
# What torch would unpickle whatever it asks for: objects of C++ and of Python.
_OBJECTS = re.compile(r"(?:.*/)?constants/(?:custom_obj|opaque)")
_EXPRESSION = re.compile(r'"expr_str"\s*:\s*"((?:[^"\\]|\\.)*)"')
# Sizes are sums, products and quotients of symbols; sympy reads any call of Python's, so only its own go through.
_HARMLESS = re.compile(r"(?:[\w\s+\-*/%(),<>=&|~!]|'\w*')*", re.ASCII)
_CALL = re.compile(r"(\w*)\s*\(", re.ASCII)
_CALL_OF_RESULT = re.compile(r"[)']\s*\(")
_CALLED = re.compile(r"|[A-Z]\w*|and|or|not|floor|ceiling|log|sqrt|max|min", re.ASCII)
_BY_NODES = "_run_with_interpreter"
_LOCK = threading.RLock()


class _Exporting(Protocol):
    """What torch's stubs leave untyped."""

    def load(self, path: str, /) -> torch.export.ExportedProgram: ...


def read_program(name: str, path: Path) -> tuple[torch.nn.Module, Signature]:
    """The modules of an exported program, with their weights, and what it takes.

    Args:
        name: The file as it is declared.
        path: Where that is.

    Raises:
        MeasureError: The file is not there, is none of ``torch.export``'s, holds objects that are pickled, or is
            damaged.
    """
    program = loaded(name, lambda: _program(name, path))
    return loaded(name, lambda: (_modules(program), signature_of(program)))


def _modules(program: torch.export.ExportedProgram) -> torch.nn.Module:
    try:
        module = cast(torch.nn.Module, torch.export.unflatten(program))
    except (AssertionError, AttributeError, KeyError, NotImplementedError, RuntimeError, TypeError, ValueError):
        # The graph computes the same; only which module a call stood in is lost.
        return program.module()
    for each in module.modules():
        # Node by node there would be a progress bar, and its thread; the graph's own code does the same without.
        if hasattr(each, _BY_NODES):
            setattr(each, _BY_NODES, False)
    return module


def _program(name: str, path: Path) -> torch.export.ExportedProgram:
    names = stored_names(name, path)
    if not any("models/" in each for each in names) and not _is_older(path):
        hint = "; if torch.jit wrote it, call it .pt" if any(each.startswith("code/") for each in names) else ""
        raise MeasureError(f"{called(name)} is no program of torch.export: it holds no graph{hint}")
    if any(_OBJECTS.match(each) for each in names):
        raise MeasureError(f"{called(name)} holds an object that is pickled, which may run any code: it is not loaded")
    _refuse_code(name, path)
    with _weights_only():
        return cast("_Exporting", torch.export).load(str(path))


def _is_older(path: Path) -> bool:
    """Whether torch before 2.8 wrote the file."""
    with zipfile.ZipFile(path) as archive:
        return "serialized_exported_program.json" in archive.namelist()


def _refuse_code(name: str, path: Path) -> None:
    """Refuse sizes that are more than sums and products: torch hands them to sympy, which evaluates Python."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.namelist():
            if not entry.endswith(".json"):
                continue
            for said in _EXPRESSION.findall(archive.read(entry).decode("utf-8", "replace")):
                calls = _CALL.findall(said)
                harmless = _HARMLESS.fullmatch(said) and "__" not in said and not _CALL_OF_RESULT.search(said)
                if not harmless or not all(map(_CALLED.fullmatch, calls)):
                    raise MeasureError(f"{called(name)} has a size that is no sum or product: {said[:80]!r}")


@contextmanager
def _weights_only() -> Iterator[None]:
    """Let torch unpickle tensors alone, and say nothing: where that does not go, it would try any pickle."""
    log = logging.getLogger("torch.export")
    with _LOCK:
        before = {key: os.environ.pop(key, None) for key in (_ONLY_WEIGHTS, _ANY_PICKLE)}
        level = log.level
        os.environ[_ONLY_WEIGHTS] = "1"
        log.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            log.setLevel(level)
            del os.environ[_ONLY_WEIGHTS]
            os.environ.update({key: value for key, value in before.items() if value is not None})
