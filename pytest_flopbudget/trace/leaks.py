"""Data-less tensors that a forward left where nothing puts them back: outside the model, or deep inside it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Collection, Iterator, Mapping
from types import FrameType

import torch

from pytest_flopbudget.errors import MeasureError

# A cache, what it keeps, what that is made of: whatever holds a tensor by a longer way is not named.
_DEPTH = 6
_NAMED = 3


def refuse_leaks(alive: Collection[torch.Tensor], modules: Mapping[str, torch.nn.Module]) -> None:
    """Name the places that keep data-less tensors of a trace that is over.

    Args:
        alive: The tensors of the trace that still live.
        modules: The model's modules by their paths, where the model itself still lives.

    Raises:
        MeasureError: Some are left: a later real call would find them.
    """
    if not alive:
        return
    named: dict[str, object] = {f"model.{path}" if path else "model": module for path, module in modules.items()}
    named |= {name: module for name, module in list(sys.modules.items()) if hasattr(module, "__dict__")}
    # From Python 3.13 on an object may refer to its attributes itself, without a dictionary in between.
    held = [(name, holder) for name, module in named.items() for holder in (module, vars(module))]
    # While the holders are held here, no other object has their ids: some modules make their dictionary when asked.
    roots = {id(holder): name for name, holder in held}
    found = list(dict.fromkeys(_place(tensor, roots, [alive]) for tensor in list(alive)[:_NAMED]))
    raise MeasureError(
        f"the forward keeps tensors without data where they cannot be put back: {', '.join(found)}",
        "a later call would find them there; keep such a cache in the model, as a buffer or an attribute, "
        'or count it with backend = "execute"',
    )


def _place(tensor: torch.Tensor, roots: Mapping[int, str], ours: list[object]) -> str:
    """The variable or attribute by which a tensor is reached first."""
    held: list[object] = [tensor]
    seen = {id(ours), *map(id, ours)}
    for _ in range(_DEPTH):
        above: list[object] = []
        for thing in held:
            for referrer in gc.get_referrers(thing):
                if id(referrer) in roots:
                    holder = referrer if isinstance(referrer, dict) else vars(referrer)
                    return f"{roots[id(referrer)]}.{_key(holder, thing)}"
                if id(referrer) not in seen and not isinstance(referrer, FrameType) and referrer is not held:
                    seen.add(id(referrer))
                    above.append(referrer)
        seen.update((id(held), id(above)))
        held = above
    return "an object that no module names"


def _key(holder: Mapping[str, object], thing: object) -> str:
    return next(_keys(holder, thing), "?")


def _keys(holder: Mapping[str, object], thing: object) -> Iterator[str]:
    return (name for name, value in holder.items() if value is thing)
