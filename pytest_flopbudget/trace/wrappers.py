"""Wrappers that compute nothing themselves: DataParallel, DistributedDataParallel, compiled modules."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any
from unittest import mock

import torch
from torch.utils._python_dispatch import _disable_current_modes

from pytest_flopbudget.trace.posts import Post, shared, standing_before

# A module that holds another twice, which holds another twice: their paths are more than can be told.
_MOST_PATHS = 1000


def inside(module: torch.nn.Module) -> torch.nn.Module | None:
    """What a wrapper wraps; None of any other module."""
    if isinstance(module, (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)):
        return module._modules["module"]
    return module._modules["_orig_mod"] if _is_compiled(module) else None


def unwrapped(module: torch.nn.Module) -> torch.nn.Module:
    """What all wrappers around a module wrap."""
    while (inner := inside(module)) is not None:
        module = inner
    return module


def every_module(model: torch.nn.Module) -> list[torch.nn.Module]:
    """All modules of a model, wrappers too, each once, as ``modules()`` gives them in many more steps."""
    found: dict[int, torch.nn.Module] = {}
    ahead = [model]
    while ahead:
        module = ahead.pop()
        if id(module) not in found:
            found[id(module)] = module
            if children := module._modules:
                ahead.extend([child for child in reversed(children.values()) if child is not None])
    return list(found.values())


def named_modules(model: torch.nn.Module) -> dict[str, torch.nn.Module]:
    """The modules of a model by their paths, wrappers and their part of a path left out.

    A module that several others hold has a path below each of them. Below one that holds it under several names it has
    the first: nothing tells by which it is called.
    """
    naming = _Naming()
    naming.name(unwrapped(model), "")
    return naming.named


class _Naming:
    """The paths of modules, found one inside the other."""

    def __init__(self) -> None:
        self.named: dict[str, torch.nn.Module] = {}
        self._above: set[int] = set()
        self._paths: Counter[int] = Counter()
        # To ask each of many modules takes longer than to ask each of few classes.
        self._wraps: dict[type, bool] = {}

    def name(self, module: torch.nn.Module, path: str) -> None:
        self._paths[id(module)] += 1
        self.named[path] = module
        children = module._modules
        if not children:
            return
        self._above.add(id(module))
        below: dict[int, tuple[str, torch.nn.Module]] = {}
        for name, child in children.items():
            if child is not None:
                inner = self._unwrapped(child)
                below.setdefault(id(inner), (name, inner))
        for key, (name, inner) in below.items():
            if key not in self._above and self._paths[key] < _MOST_PATHS:
                self.name(inner, f"{path}.{name}" if path else name)
        self._above.remove(id(module))

    def _unwrapped(self, module: torch.nn.Module) -> torch.nn.Module:
        kind = type(module)
        if kind not in self._wraps:
            self._wraps[kind] = inside(module) is not None
        return unwrapped(module) if self._wraps[kind] else module


@contextmanager
def passed_by(modules: Iterable[torch.nn.Module]) -> Iterator[None]:
    """Let wrappers call what they wrap, and let nothing be compiled, be it a module or a function."""
    with ExitStack() as undoing:
        plain: set[type] = set()
        for module in modules:
            inner = None if type(module) in plain else inside(module)
            if inner is not None:
                undoing.enter_context(_set(module, "forward", inner.__call__))
            else:
                plain.add(type(module))
            if module.__dict__.get("_compiled_call_impl") is not None:
                undoing.enter_context(_set(module, "_compiled_call_impl", None))
        if "torch._dynamo" in sys.modules:
            undoing.enter_context(_nothing_compiled())
        else:
            undoing.enter_context(standing_before(torch, "compile", _loading(undoing)))
        yield


@contextmanager
def _set(module: torch.nn.Module, name: str, value: object) -> Iterator[None]:
    """Give a module an attribute of its own past its ``__setattr__``, which a wrapper may hand on."""
    attributes = module.__dict__
    before = {name: attributes[name]} if name in attributes else {}
    attributes[name] = value
    try:
        yield
    finally:
        del attributes[name]
        attributes.update(before)


@contextmanager
def _nothing_compiled() -> Iterator[None]:
    """Run what is compiled, or will be, as the Python that it is made from; nowhere in the process is it otherwise."""
    with shared("nothing is compiled", _eager):
        yield


@contextmanager
def _eager() -> Iterator[None]:
    from torch._dynamo import eval_frame

    with ExitStack() as undoing:
        # Its own call warns of the global hooks that follow the modules.
        undoing.enter_context(mock.patch.object(_compiled(), "__call__", torch.nn.Module.__call__))
        if hasattr(torch.compiler, "set_stance"):
            undoing.enter_context(torch.compiler.set_stance("force_eager"))
        else:  # pragma: no cover - torch before 2.6 has no stance
            undoing.enter_context(mock.patch.object(eval_frame, "set_eval_frame", return_value=None))
        yield


def _loading(undoing: ExitStack) -> Post:
    """Before ``torch.compile`` as long as no compiler is loaded; a forward that calls it on this thread loads one."""
    thread = threading.get_ident()

    @cache
    def load() -> None:
        # What a compiler does while it is loaded is no part of the forward.
        with _disable_current_modes():
            undoing.enter_context(_nothing_compiled())

    def post(behind: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if threading.get_ident() == thread:
            load()
        return behind(*args, **kwargs)

    return post


def _is_compiled(module: torch.nn.Module) -> bool:
    return "torch._dynamo" in sys.modules and isinstance(module, _compiled())


def _compiled() -> type[torch.nn.Module]:
    from torch._dynamo.eval_frame import OptimizedModule

    return OptimizedModule
