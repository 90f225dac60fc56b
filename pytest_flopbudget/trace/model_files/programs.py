"""A program of ``torch.export`` from a ``.pt2`` file, with the tree of modules that it was exported from."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, cast

import torch

from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.model_files.archives import called, holds_graph, loaded, stored_names
from pytest_flopbudget.trace.model_files.harmless import refuse_what_runs
from pytest_flopbudget.trace.model_files.signatures import Signature, signature_of

_ONLY_WEIGHTS = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
_ANY_PICKLE = "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"
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
        MeasureError: The file is not there, is none of ``torch.export``'s, holds what torch would run, or is damaged.
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
    if not holds_graph(names):
        hint = "; if torch.jit wrote it, call it .pt" if any(each.startswith("code/") for each in names) else ""
        raise MeasureError(f"{called(name)} is no program of torch.export: it holds no graph{hint}")
    refuse_what_runs(name, path)
    with _weights_only():
        return cast("_Exporting", torch.export).load(str(path))


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
