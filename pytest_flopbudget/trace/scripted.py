"""Scripted modules keep their attributes where Python does not see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, cast

import torch


class _Kind(Protocol):
    """What torch's stubs leave out of a scripted type."""

    def get_attributes(self) -> Collection[str]: ...


@contextmanager
def scripted_kept(modules: Iterable[torch.nn.Module]) -> Iterator[None]:
    """Put back what a forward assigns in scripted modules: numbers, lists, tensors, flags.

    What it writes into a tensor is not put back here.
    """
    scripts = [module for module in modules if isinstance(module, torch.jit.ScriptModule)]
    kept = [(script._c, name, script._c.getattr(name)) for script in scripts for name in _attributes(script)]
    try:
        yield
    finally:
        for holder, name, value in kept:
            holder.setattr(name, value)


def _attributes(script: torch.jit.ScriptModule) -> Collection[str]:
    # A frozen module has no other way to its names.
    kind: object = torch._C.ConcreteModuleType.from_jit_type(script._c._type())
    return cast("_Kind", kind).get_attributes()
