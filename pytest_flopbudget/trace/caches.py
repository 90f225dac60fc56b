"""Caches of functions, ``functools.lru_cache``, that keep tensors without data of a trace."""

from __future__ import annotations

import functools
import gc
from collections.abc import Collection

import torch

# A cache holds what a function gave: a tensor, a tuple of them, or a list or dictionary of such.
_DEPTH = 5

_Cache = type(functools.lru_cache(len))


def let_go_of(alive: Collection[torch.Tensor]) -> None:
    """Empty the caches that keep one of these tensors: it would be given to a later real call.

    What a cache forgets, its function makes anew; others keep what they have.
    """
    wanted = {id(tensor) for tensor in alive}
    # Only a few objects are caches, so from them to the tensors is the shorter way.
    for cache in [thing for thing in gc.get_objects() if type(thing) is _Cache]:
        if _keeps(cache, wanted):
            cache.cache_clear()


def _keeps(cache: object, wanted: Collection[int]) -> bool:
    things: list[object] = [cache]
    for _ in range(_DEPTH):
        things = [held for thing in things for held in gc.get_referents(thing) if _may_hold(held)]
        if any(id(thing) in wanted for thing in things):
            return True
    return False


def _may_hold(thing: object) -> bool:
    return isinstance(thing, (torch.Tensor, tuple, list, dict))
