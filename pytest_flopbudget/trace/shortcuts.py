"""A shorter way into modules: torch's own goes through every hook that there might be, at each call anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

import torch
import torch.nn.modules.module as _hooks

# Called with the module and the arguments of its call.
Way = Callable[..., object]

# Where torch looks for another way to call a module before it goes its own; copies of the module come without it.
_PLACE = "_compiled_call_impl"
_NOTHING = object()


class _Shortcut(partial[object]):
    """The way of one module; a copy of the module has none."""

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()


@contextmanager
def shortcuts(modules: Iterable[torch.nn.Module], way: Way) -> Iterator[None]:
    """Let calls of modules go another way than torch's, but for scripted ones, and such as see to that themselves.

    Args:
        modules: The modules.
        way: Is given their calls. It has to give back to torch, by ``_call_impl``, those that have hooks.
    """
    plain: dict[type, bool] = {}
    before: list[tuple[dict[str, object], object]] = []
    for module in {id(module): module for module in modules}.values():
        kind = type(module)
        if kind not in plain:
            plain[kind] = _is_plain(kind)
        if plain[kind]:
            attributes = module.__dict__
            before.append((attributes, attributes.get(_PLACE, _NOTHING)))
            attributes[_PLACE] = _Shortcut(way, module)
    try:
        yield
    finally:
        for attributes, value in before:
            if value is _NOTHING:
                attributes.pop(_PLACE, None)
            else:
                attributes[_PLACE] = value


def has_hooks(module: torch.nn.Module, ours: int) -> bool:
    """Whether a call of a module has more to it than its forward.

    Args:
        module: The module.
        ours: How many global hooks of our own there are, of each of the two kinds that go with forwards.
    """
    # A module looks its attributes up in Python code of its own.
    held = module.__dict__
    return bool(
        held["_forward_hooks"]
        or held["_forward_pre_hooks"]
        or held["_backward_hooks"]
        or held["_backward_pre_hooks"]
        or len(_hooks._global_forward_hooks) > ours
        or len(_hooks._global_forward_pre_hooks) > ours
        or _hooks._global_backward_hooks
        or _hooks._global_backward_pre_hooks
        or "_call_impl" in held
        or torch._C._get_tracing_state()
    )


def _is_plain(kind: type[torch.nn.Module]) -> bool:
    own = torch.nn.Module
    return (
        kind._call_impl is own._call_impl
        and kind._wrapped_call_impl is own._wrapped_call_impl
        and not issubclass(kind, torch.jit.ScriptModule)
    )
