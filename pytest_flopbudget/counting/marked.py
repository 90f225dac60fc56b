"""The functions that a module marks, also those that none of its names holds: marked in a loop, or as lambdas."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType

_MARKED = "__flopbudget_marked__"


def note_marked(function: FunctionType) -> None:
    """Keep a function with the module whose code marks it, two frames above: a name of it may never hold it."""
    marked = sys._getframe(2).f_globals.setdefault(_MARKED, [])
    marked.append(function)


def functions_of(module: ModuleType) -> Iterator[FunctionType]:
    """The functions that a module has marked, in their order, and those that it holds; one may come twice."""
    members = vars(module)
    yield from (value for value in [*members.get(_MARKED, ()), *members.values()] if isinstance(value, FunctionType))
