"""Wrappers that compute nothing themselves: DataParallel, DistributedDataParallel, compiled modules."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

import torch


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
    """Let wrappers call what they wrap, and let nothing be compiled, inside ``guard.untouched``."""
    for module in modules:
        inner = inside(module)
        if inner is not None:
            module.__dict__["forward"] = inner.__call__
        if module.__dict__.get("_compiled_call_impl") is not None:
            module.__dict__["_compiled_call_impl"] = None
    with ExitStack() as stack:
        dynamo = sys.modules.get("torch._dynamo")
        if dynamo is not None:
            # Its own call warns of the global hooks that follow the modules.
            stack.enter_context(mock.patch.object(_compiled(), "__call__", torch.nn.Module.__call__))
            if hasattr(torch.compiler, "set_stance"):
                stack.enter_context(torch.compiler.set_stance("force_eager"))
        yield


def _is_compiled(module: torch.nn.Module) -> bool:
    return "torch._dynamo" in sys.modules and isinstance(module, _compiled())


def _compiled() -> type[torch.nn.Module]:
    from torch._dynamo.eval_frame import OptimizedModule

    return OptimizedModule
