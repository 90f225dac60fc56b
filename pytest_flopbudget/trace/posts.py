"""What stands for a while before functions of torch's and Python's own, put up by several threads at once.

Threads end as they please: what each put up and took down for itself would put back what another has put up. So one
stands for all of them, and the last to leave takes it down.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial, update_wrapper
from typing import Any, TypeVar, cast

T = TypeVar("T")

# Called in the place of a function: with what stands behind it, then with the call's own arguments.
Post = Callable[..., Any]


@dataclass(slots=True)
class _Held:
    """A context that is entered, what it gave, and how many hold it."""

    undoing: ExitStack
    given: object
    holders: int = 0


_LOCK = threading.RLock()
_HELD: dict[Hashable, _Held] = {}


@contextmanager
def shared(key: Hashable, make: Callable[[], AbstractContextManager[T]]) -> Iterator[T]:
    """Hold a context of the whole process: the first to ask for it enters it, and the last to leave it ends it.

    Args:
        key: By which others ask for the same.
        make: Makes the context.

    Yields:
        What the context gave.
    """
    with _LOCK:
        if key not in _HELD:
            undoing = ExitStack()
            _HELD[key] = _Held(undoing, undoing.enter_context(make()))
        held = _HELD[key]
        held.holders += 1
    try:
        yield cast("T", held.given)
    finally:
        with _LOCK:
            held.holders -= 1
            if not held.holders:
                del _HELD[key]
                held.undoing.close()


class _Place:
    """A function that asks the posts before it, the latest first, set where another stood."""

    __slots__ = ("_call", "_name", "_original", "_owner", "posts")

    def __init__(self, owner: object, name: str) -> None:
        self.posts: list[Post] = []
        self._owner, self._name = owner, name
        self._original: Callable[..., Any] = getattr(owner, name)
        self._call = _asking(self._original, self.posts)
        setattr(owner, name, self._call)

    def clear(self) -> None:
        """Set the function back; what somebody else has set there meanwhile is theirs to take away."""
        if getattr(self._owner, self._name) is self._call:
            setattr(self._owner, self._name, self._original)


_PLACES: dict[tuple[int, str], _Place] = {}


def standing_before(owner: object, name: str, post: Post) -> AbstractContextManager[None]:
    """Let a post answer the calls of a function, on every thread.

    Args:
        owner: The module or class that has the function.
        name: The function's name there.
        post: Called with the function behind it and the arguments of the call; what it returns is the call's result.
    """
    return _Standing(owner, name, post)


class _Standing(AbstractContextManager[None]):
    """A post while it stands; no generator, since every count puts up a dozen."""

    __slots__ = ("_name", "_owner", "_post")

    def __init__(self, owner: object, name: str, post: Post) -> None:
        self._owner, self._name, self._post = owner, name, post

    def __enter__(self) -> None:
        key = id(self._owner), self._name
        with _LOCK:
            place = _PLACES.get(key)
            if place is None:
                place = _PLACES[key] = _Place(self._owner, self._name)
            place.posts.append(self._post)

    def __exit__(self, *_: object) -> None:
        key = id(self._owner), self._name
        with _LOCK:
            place = _PLACES[key]
            place.posts.remove(self._post)
            if not place.posts:
                del _PLACES[key]
                place.clear()


def answer(original: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
    """The original's own answer; what it raises is raised here."""
    __tracebackhide__ = True
    return original(*args, **kwargs)


def _asking(original: Callable[..., Any], posts: Sequence[Post]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        behind = partial(answer, original)
        for post in tuple(posts):
            behind = partial(post, behind)
        return behind(*args, **kwargs)

    update_wrapper(call, original, updated=())
    return call
