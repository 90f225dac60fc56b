"""The user's own line that a call comes from."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import FrameType
from typing import TypeVar

import torch

from pytest_flopbudget.declaring.tracebacks import is_ours, relative

_TORCH = f"{Path(torch.__file__).parent}{os.sep}"
T = TypeVar("T")
NO_LINE = "(no line of Python)"
# The first are Python's own, the second what torch makes of a graph.
_OF_NO_FILE = ("<frozen", "<eval_with_key>")


def called(run: Callable[[], T]) -> T:
    """Run the forward; what called this is no code of the model's."""
    return run()


def enter(entry: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object]) -> object:
    """Call what is measured; arguments that do not fit it are the user's mistake, and raised here."""
    return entry(*args, **kwargs)


def differentiated(run: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object]) -> object:
    """Let torch run a backward pass; what called this is no code of the operators in it."""
    return run(*args, **kwargs)


def line() -> str | None:
    """The innermost line of the model's own code that is being run, neither torch's nor ours.

    None where a backward pass runs none: a gradient that torch computes by itself.
    """
    for frame in running():
        name = frame.f_code.co_filename
        if _is_the_models(name):
            return f"{_shown(name)}:{frame.f_lineno}"
        if frame.f_code is differentiated.__code__:
            return None
    return NO_LINE


def running() -> Iterator[FrameType]:
    """The frames that are being run, the innermost first, up to the call of what is traced."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code is not called.__code__:
        yield frame
        frame = frame.f_back


@cache
def _is_the_models(filename: str) -> bool:
    return not (is_ours(filename) or filename.startswith((_TORCH, *_OF_NO_FILE)))


@cache
def _shown(filename: str) -> str:
    return filename if filename.startswith("<") else relative(filename)
