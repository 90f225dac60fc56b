"""Wrappers that compute nothing themselves: DataParallel, DistributedDataParallel, compiled modules."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from unittest import mock

import torch
from torch.utils._python_dispatch import _disable_current_modes


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


def named_modules(model: torch.nn.Module) -> dict[str, torch.nn.Module]:
    """The modules of a model by their paths, wrappers and their part of a path left out; each under its first."""
    named: dict[str, torch.nn.Module] = {}
    _name(model, "", named, set())
    return named


def _name(module: torch.nn.Module, path: str, named: dict[str, torch.nn.Module], seen: set[int]) -> None:
    module = unwrapped(module)
    if id(module) in seen:
        return
    seen.add(id(module))
    named[path] = module
    for name, child in module.named_children():
        _name(child, f"{path}.{name}" if path else name, named, seen)


@contextmanager
def passed_by(modules: Iterable[torch.nn.Module]) -> Iterator[None]:
    """Let wrappers call what they wrap, and let nothing be compiled, be it a module or a function."""
    with ExitStack() as undoing:
        for module in modules:
            inner = inside(module)
            if inner is not None:
                undoing.enter_context(_set(module, "forward", inner.__call__))
            if module.__dict__.get("_compiled_call_impl") is not None:
                undoing.enter_context(_set(module, "_compiled_call_impl", None))
        if "torch._dynamo" in sys.modules:
            undoing.enter_context(_nothing_compiled())
        else:
            undoing.enter_context(mock.patch.object(torch, "compile", _loading(undoing)))
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
    """Run what is compiled, or will be, as the Python that it is made from."""
    from torch._dynamo import eval_frame

    with ExitStack() as undoing:
        # Its own call warns of the global hooks that follow the modules.
        undoing.enter_context(mock.patch.object(_compiled(), "__call__", torch.nn.Module.__call__))
        if hasattr(torch.compiler, "set_stance"):
            undoing.enter_context(torch.compiler.set_stance("force_eager"))
        else:
            undoing.enter_context(mock.patch.object(eval_frame, "set_eval_frame", return_value=None))
        yield


def _loading(undoing: ExitStack) -> Callable[..., object]:
    """``torch.compile`` as long as no compiler is loaded; a forward that calls it loads one."""
    original: Callable[..., object] = torch.compile

    @cache
    def load() -> None:
        # What a compiler does while it is loaded is no part of the forward.
        with _disable_current_modes():
            undoing.enter_context(_nothing_compiled())

    def call(*args: object, **kwargs: object) -> object:
        load()
        return original(*args, **kwargs)

    return call


def _is_compiled(module: torch.nn.Module) -> bool:
    return "torch._dynamo" in sys.modules and isinstance(module, _compiled())


def _compiled() -> type[torch.nn.Module]:
    from torch._dynamo.eval_frame import OptimizedModule

    return OptimizedModule
