"""Data-less tensors that a forward left where nothing can be put back: in its Python modules."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from functools import _lru_cache_wrapper
from types import ModuleType

import torch

from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.dataless import DatalessTensor

# A cache, what it keeps, and what that is made of: deeper is out of reach.
_DEPTH = 4
_CONTAINERS = (dict, list, tuple, set, frozenset, _lru_cache_wrapper)


def refuse_leaks(modules: Iterable[torch.nn.Module]) -> None:
    """Look for data-less tensors in the Python modules that define the model's classes.

    Raises:
        MeasureError: Some are left; each is named.
    """
    found = sorted(place for module in _python_modules(modules) for place in _in_module(module))
    if found:
        raise MeasureError(
            f"the forward keeps tensors without data outside the model: {', '.join(found)}",
            "a later call would find them there; keep such a cache in the model, as a buffer or an attribute",
        )


def _python_modules(modules: Iterable[torch.nn.Module]) -> list[ModuleType]:
    names = {type(module).__module__ for module in modules}
    return [sys.modules[name] for name in sorted(names) if name in sys.modules and name.split(".")[0] != "torch"]


def _in_module(module: ModuleType) -> Iterator[str]:
    for name, value in list(vars(module).items()):
        defined_here = isinstance(value, type) and value.__module__ == module.__name__
        held = list(vars(value).values()) if defined_here else [value]
        if any(_holds(each, _DEPTH) for each in held):
            yield f"{module.__name__}.{name}"


def _holds(value: object, depth: int) -> bool:
    if isinstance(value, DatalessTensor):
        return True
    if not depth or not isinstance(value, _CONTAINERS):
        return False
    return any(_holds(each, depth - 1) for each in gc.get_referents(value))
