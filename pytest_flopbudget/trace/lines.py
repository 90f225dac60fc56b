"""The user's own line that a call comes from."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import FrameType

import torch

from pytest_flopbudget.declare.tracebacks import is_ours, relative

_TORCH = f"{Path(torch.__file__).parent}{os.sep}"
_NO_LINE = "(no line of Python)"
# The first are Python's own, the second what torch makes of a graph.
_OF_NO_FILE = ("<frozen", "<eval_with_key>")


def called(run: Callable[[], None]) -> None:
    """Run the forward; what called this is no code of the model's."""
    run()


def enter(entry: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object]) -> object:
    """Call what is measured; arguments that do not fit it are the user's mistake, and raised here."""
    return entry(*args, **kwargs)


def line() -> str:
    """The innermost line of the model's own code that is being run: neither torch's nor ours."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code is not called.__code__:
        name = frame.f_code.co_filename
        if _is_the_models(name):
            return f"{_shown(name)}:{frame.f_lineno}"
        frame = frame.f_back
    return _NO_LINE


@cache
def _is_the_models(filename: str) -> bool:
    return not (is_ours(filename) or filename.startswith((_TORCH, *_OF_NO_FILE)))


@cache
def _shown(filename: str) -> str:
    return filename if filename.startswith("<") else relative(filename)
