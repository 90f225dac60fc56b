"""Data-less tensors that a forward left where nothing puts them back: outside the model, or deep inside it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from types import FrameType
from typing import TypeAlias, TypeVar

import torch

from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.caches import let_go_of
from pytest_flopbudget.trace.dataless import any_held
from pytest_flopbudget.trace.failures import forget_locals, handled

# A cache, what it keeps, what that is made of: whatever holds a tensor by a longer way is not named.
_DEPTH = 6
_NAMED = 3
_LOOKED_AT = 8
_UNNAMED = "an object that no module names"


Alive: TypeAlias = Callable[[], Collection[torch.Tensor]]
Modules: TypeAlias = Callable[[], Mapping[str, torch.nn.Module]]
_T = TypeVar("_T")


def without_leaks(run: Callable[[], _T], alive: Alive, modules: Modules) -> _T:
    """Run a trace, and name the places that keep data-less tensors of it afterwards, also when it failed.

    Args:
        run: Runs it.
        alive: Gives the tensors of the trace that still live.
        modules: Gives the model's modules by their paths, where the model itself still lives.

    Raises:
        MeasureError: Some are left: a later real call would find them. An error of the trace tells it too.
    """
    before = handled()
    try:
        traced = run()
    except MeasureError as error:
        failed = error
    else:
        if left := _left(alive):
            raise MeasureError(
                "the forward keeps tensors without data where they cannot be put back: "
                + ", ".join(_places(left, modules(), _NAMED)),
                "a later call would find them there; keep such a cache in the model, as a buffer or an attribute, "
                'or count it with backend = "execute"',
            )
        return traced
    # Outside of the handler, Python itself holds none of the frames that the error passed.
    try:
        raise _with_leaks(failed, before, alive, modules)
    finally:
        del failed, before


def _left(alive: Alive) -> Collection[torch.Tensor]:
    """What still lives once the functions' caches have let go of it."""
    if alive():
        # In a call of its own, so that nothing here holds them when it is asked again.
        let_go_of(alive())
    return alive()


def _with_leaks(error: MeasureError, before: BaseException | None, alive: Alive, modules: Modules) -> MeasureError:
    """The error of a trace, with the places that keep tensors of it; with its traceback, if none has a name."""
    if not any_held():
        # It was executed: a debugger may want to see the values in its frames.
        return error
    # The variables of the frames that it passed nearly always hold some; to look for others first takes far longer.
    forget_locals(error, before)
    left = _left(alive)
    # The frames still have their functions, and these what they close over, so no unnamed place tells anything.
    places = [place for place in _places(left, modules(), _LOOKED_AT) if place != _UNNAMED] if left else []
    if not places:
        return error
    told = error.with_details(
        f"leaks     tensors without data stay where they cannot be put back: {', '.join(places[:_NAMED])}"
    )
    told.__cause__ = error.__cause__
    return told


def _places(alive: Collection[torch.Tensor], modules: Mapping[str, torch.nn.Module], most: int) -> list[str]:
    """The variables and attributes that keep the first tensors, as many as are looked at."""
    named: dict[str, object] = {f"model.{path}" if path else "model": module for path, module in modules.items()}
    named |= {name: module for name, module in list(sys.modules.items()) if hasattr(module, "__dict__")}
    # From Python 3.13 on an object may refer to its attributes itself, without a dictionary in between.
    held = [(name, holder) for name, module in named.items() for holder in (module, vars(module))]
    # While the holders are held here, no other object has their ids: some modules make their dictionary when asked.
    roots = {id(holder): name for name, holder in reversed(held)}
    return list(dict.fromkeys(_place(tensor, roots, [alive]) for tensor in list(alive)[:most]))


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
    return _UNNAMED


def _key(holder: Mapping[str, object], thing: object) -> str:
    return next(_keys(holder, thing), "?")


def _keys(holder: Mapping[str, object], thing: object) -> Iterator[str]:
    return (name for name, value in holder.items() if value is thing)
