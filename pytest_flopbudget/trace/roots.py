"""The models that a region calls, each by its class."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import torch

from pytest_flopbudget.trace.modules import ModuleStack, nearest
from pytest_flopbudget.trace.wrappers import inside, named_modules


class Roots(ModuleStack):
    """The modules that are called in a region; each that is called from outside any other is a model of its own.

    So a part that is called by itself stands apart from the same part inside its model, whichever comes first; and what
    a model calls that is no part of it belongs to the caller, be it known or not.

    Args:
        is_active: Whether calls of this thread reach the region.
        met: Told of the class of each module that is called on another thread.
    """

    def __init__(self, is_active: Callable[[], bool], met: Callable[[str], None]) -> None:
        super().__init__({})
        self._is_active = is_active
        self._met = met
        self._names: dict[int, str] = {}
        # By its name, the modules of each model by their paths, which begin with that name.
        self.models: dict[str, dict[str, torch.nn.Module]] = {}

    def path_of(self, module: torch.nn.Module, caller: str = "") -> str | None:
        """The path of a module below the model of its caller; that of a model of its own where there is no caller."""
        if not caller:
            return None if inside(module) is not None else self._name_of(module)
        name = _first(caller)
        return nearest([path for path in self._paths.get(id(module), ()) if _first(path) == name], caller)

    def known(self) -> Iterator[tuple[str, torch.nn.Module]]:
        """All modules with their paths, those of one model after another."""
        for modules in self.models.values():
            yield from modules.items()

    def follows(self) -> bool:
        """Whether a call on this thread, here and now, is to be followed."""
        return super().follows() and self._is_active()

    def _enter(self, module: torch.nn.Module, inputs: object) -> None:
        if threading.get_ident() != self._thread:
            self._met(type(module).__name__)
        super()._enter(module, inputs)

    def _name_of(self, root: torch.nn.Module) -> str:
        if id(root) not in self._names:
            name, number = type(root).__name__, 1
            while name in self.models:
                number += 1
                name = f"{type(root).__name__}#{number}"
            self._names[id(root)] = name
            self.models[name] = {f"{name}.{path}" if path else name: each for path, each in named_modules(root).items()}
            for path, module in self.models[name].items():
                self._paths.setdefault(id(module), []).append(path)
        return self._names[id(root)]


def _first(path: str) -> str:
    return path.partition(".")[0]
