"""Shape rules are marked where they are written; the package collects them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import TypeVar

# A rule takes an overload's arguments, and gives its output without data or steps aside with None.
Rule = Callable[..., object]
Function = TypeVar("Function", bound=Rule)

_MARK = "__flopbudget_shape_rule__"


def rule(*overloads: str) -> Callable[[Function], Function]:
    """Mark a function as the shape rule of overloads, named as torch names them: ``"aten::conv2d.padding"``."""

    def mark(function: Function) -> Function:
        setattr(function, _MARK, overloads)
        return function

    return mark


def collect(modules: Iterable[ModuleType]) -> dict[str, Rule]:
    """Every rule that the modules mark, by its overload."""
    return {
        overload: function
        for module in modules
        for function in vars(module).values()
        for overload in getattr(function, _MARK, ())
    }
