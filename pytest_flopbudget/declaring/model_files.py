"""Models that are files: which names are theirs, by their endings."""

from __future__ import annotations

import re
from pathlib import PurePath

from pytest_flopbudget.declaring.cases import Case

PROGRAM, SCRIPT, GRAPH = ".pt2", ".pt", ".onnx"
_CALLABLE = re.compile(r"[^\W\d][\w.]*:[^\W\d][\w.]*")


def is_model_file(factory: str) -> bool:
    """Whether a factory is written as a file: a ``.pt2``, a ``.pt`` or an ``.onnx``, and not ``module:callable``."""
    return ending_of(factory) in (PROGRAM, SCRIPT, GRAPH) and not _CALLABLE.fullmatch(factory)


def is_graph(factory: str) -> bool:
    """Whether a factory is an ONNX file, which holds a graph and no module of torch's."""
    return is_model_file(factory) and ending_of(factory) == GRAPH


def has_inputs(factory: str) -> bool:
    """Whether a factory is a file that says itself which inputs its model takes; a ``.pt`` does not."""
    return is_model_file(factory) and ending_of(factory) != SCRIPT


def takes_its_own(case: Case) -> bool:
    """Whether a case leaves it to its file which inputs the model is called with."""
    return (
        has_inputs(case.factory) and case.input_factory is None and not (case.inputs.positional or case.inputs.keyword)
    )


def ending_of(name: str) -> str:
    """A file's ending, in small letters."""
    return PurePath(name).suffix.lower()
