"""Which module an operator runs in, and the model's tree of modules."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from pytest_flopbudget.counting.measurement import ModuleNode


class ModuleStack:
    """The modules of one model that are being called, by their paths; the innermost is ``current``.

    A module called through ``.forward()`` passes no hook, so its operators belong to its caller; so do those of a
    generator to whoever asks it, and those of a user's hook that runs after a forward. One that runs before belongs
    to the module.
    """

    def __init__(self, modules: Mapping[str, torch.nn.Module], *, by_method: bool = False) -> None:
        self.modules = modules
        self._paths = {id(module): path for path, module in modules.items()}
        self._owners: dict[int, str] = {}
        self._thread = threading.get_ident()
        self._stack: list[str] = []
        self._moving: Callable[[], None] = _nothing
        # A method passes no hook, and is a call of the model all the same.
        self.calls: Counter[str] = Counter({"": int(by_method)})

    @property
    def current(self) -> str:
        """The path of the innermost module being called."""
        return self._stack[-1] if self._stack else ""

    def before_moving(self, call: Callable[[], None]) -> None:
        """Have something called right before each step into a module and out of it."""
        self._moving = call

    @property
    def depth(self) -> int:
        """How many modules are being called, one inside the other."""
        return len(self._stack)

    def owner_of(self, parameter: torch.Tensor) -> str:
        """The path of the first module that holds a parameter; ``""`` where none does."""
        if id(parameter) not in self._owners:
            held = ((each, path) for path, module in self.modules.items() for each in module._parameters.values())
            for each, path in held:
                self._owners.setdefault(id(each), path)
        return self._owners.get(id(parameter), "")

    def path_of(self, module: torch.nn.Module) -> str | None:
        """The path of a module of the tree."""
        return self._paths.get(id(module))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Follow the calls of this thread into the tree's modules."""
        handles = (
            register_module_forward_pre_hook(self._enter),
            register_module_forward_hook(self._leave, always_call=True),
        )
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _enter(self, module: torch.nn.Module, _inputs: object) -> None:
        path = self._paths.get(id(module))
        if path is not None and threading.get_ident() == self._thread:
            self._moving()
            self._stack.append(path)
            self.calls[path] += 1

    def _leave(self, module: torch.nn.Module, _inputs: object, _output: object) -> None:
        path = self._paths.get(id(module))
        if path is not None and threading.get_ident() == self._thread and self.current == path:
            self._moving()
            self._stack.pop()


def _nothing() -> None:
    pass


def tree(modules: Mapping[str, torch.nn.Module], calls: Counter[str]) -> tuple[ModuleNode, ...]:
    """The modules of a model in the order of its tree; what is shared stands under its first path."""
    seen: set[int] = set()
    nodes = []
    for path, module in modules.items():
        own = {id(parameter): parameter for parameter in module._parameters.values() if parameter is not None}
        params = sum(parameter.numel() for key, parameter in own.items() if key not in seen)
        seen.update(own)
        nodes.append(ModuleNode(path=path, calls=calls[path], params=params))
    return tuple(nodes)
