"""Which module an operator runs in, and the model's tree of modules."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import takewhile
from typing import Any, Protocol

import torch
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from pytest_flopbudget.counting.measurement import ModuleNode
from pytest_flopbudget.counting.paths import ancestors
from pytest_flopbudget.trace.shortcuts import has_hooks, shortcuts


class Steps(Protocol):
    """What goes with the steps into modules and out of them."""

    def settle(self) -> None:
        """A step follows."""

    def caller(self) -> str:
        """The path of the module that calls."""


class ModuleStack:
    """The modules of one model that are being called, by their paths; the innermost is ``current``.

    A module with several paths is at the one that is nearest to the module that called it.

    A module called through ``.forward()`` passes no hook, so its operators belong to its caller; so do those of a
    generator to whoever asks it, and those of a user's hook that runs after a forward. One that runs before belongs
    to the module.
    """

    def __init__(self, modules: Mapping[str, torch.nn.Module], *, by_method: bool = False) -> None:
        self._modules = modules
        self._paths: dict[int, list[str]] = {}
        for path, module in modules.items():
            self._paths.setdefault(id(module), []).append(path)
        self._owners: dict[int, str] = {}
        self._thread = threading.get_ident()
        self._stack: list[tuple[int, str]] = []
        self._steps: Steps | None = None
        # A method passes no hook, and is a call of the model all the same.
        self.calls: Counter[str] = Counter({"": int(by_method)})

    @property
    def current(self) -> str:
        """The path of the innermost module being called."""
        return self._stack[-1][1] if self._stack else ""

    @property
    def depth(self) -> int:
        """How many modules are being called, one inside the other."""
        return len(self._stack)

    def goes_with(self, steps: Steps) -> None:
        """Have each step told right before it is made, and ask from where."""
        self._steps = steps

    def known_path(self, module: torch.nn.Module, near: str = "") -> str | None:
        """The path of a module that is known, if it has several the nearest to another's."""
        return nearest(self._paths.get(id(module), ()), near)

    def path_of(self, module: torch.nn.Module, caller: str = "") -> str | None:
        """The path at which a module is called."""
        return self.known_path(module, caller)

    def owner_of(self, parameter: torch.Tensor) -> str:
        """The path of the first module that holds a parameter; ``""`` where none does."""
        if id(parameter) not in self._owners:
            for path, module in self.known():
                for each in module._parameters.values():
                    self._owners.setdefault(id(each), path)
        return self._owners.get(id(parameter), "")

    def known(self) -> Iterator[tuple[str, torch.nn.Module]]:
        """All modules with their paths."""
        yield from self._modules.items()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Follow the calls of this thread into the tree's modules."""
        handles = (
            register_module_forward_pre_hook(self._enter),
            register_module_forward_hook(self._leave, always_call=True),
        )
        try:
            with shortcuts(self._modules.values(), self.go_in):
                yield
        finally:
            for handle in handles:
                handle.remove()

    def follows(self) -> bool:
        """Whether a call on this thread, here and now, is to be followed."""
        return threading.get_ident() == self._thread

    def go_in(self, module: torch.nn.Module, /, *args: Any, **kwargs: Any) -> object:
        """Follow a call without the hooks that torch's own way has; arguments that do not fit are raised here."""
        if threading.get_ident() != self._thread or has_hooks(module, 1):
            return module._call_impl(*args, **kwargs)
        depth = len(self._stack)
        paths = self._paths[id(module)]
        if len(paths) == 1 and self._steps is None:
            path = paths[0]
        else:
            path = nearest(paths, self._caller()) or ""
            self._settle()
        self._stack.append((id(module), path))
        self.calls[path] += 1
        try:
            return module.forward(*args, **kwargs)
        finally:
            if self._steps is not None:
                self._steps.settle()
            del self._stack[depth:]

    def _enter(self, module: torch.nn.Module, _inputs: object) -> None:
        if self.follows() and (path := self.path_of(module, self._caller())) is not None:
            self._settle()
            self._stack.append((id(module), path))
            self.calls[path] += 1

    def _leave(self, module: torch.nn.Module, _inputs: object, _output: object) -> None:
        if self._stack and self._stack[-1][0] == id(module) and self.follows():
            self._settle()
            self._stack.pop()

    def _caller(self) -> str:
        return self.current if self._steps is None else self._steps.caller()

    def _settle(self) -> None:
        if self._steps is not None:
            self._steps.settle()


def tree(calls: Counter[str], *models: Mapping[str, torch.nn.Module]) -> tuple[ModuleNode, ...]:
    """The modules of one model after another, each in the order of its tree.

    A shared parameter stands under its first path. So does a shared module that is called there; a further path of it
    is told where it was called: nothing below the others was counted.
    """
    called: set[str] | None = None
    seen: set[int] = set()
    nodes = []
    for modules in models:
        known: set[int] = set()
        for path, module in modules.items():
            if id(module) in known:
                if called is None:
                    called = {above for each, number in calls.items() if number for above in ancestors(each)}
                if path not in called:
                    continue
            known.add(id(module))
            params = 0
            for parameter in module._parameters.values():
                if parameter is not None and id(parameter) not in seen:
                    seen.add(id(parameter))
                    params += parameter.numel()
            nodes.append(ModuleNode(path, calls.get(path, 0), params))
    return tuple(nodes)


def nearest(paths: Sequence[str], caller: str) -> str | None:
    """The path that shares most names with the caller's and has fewest beside; of several the first."""
    if len(paths) < 2:
        return paths[0] if paths else None
    above = caller.split(".")

    def nearness(path: str) -> tuple[int, int]:
        names = path.split(".")
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(names, above, strict=False))), -len(names)

    return max(paths, key=nearness)
