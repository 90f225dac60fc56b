"""What stands for a while before functions of torch's and Python's own, put up by several threads at once.

Threads end as they please: what each put up and took down for itself would put back what another has put up. So one
stands for all of them, and the last to leave takes it down.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
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
def standing_before(owner: object, name: str, post: Post) -> Iterator[None]:
    """Let a post answer the calls of a function, on every thread.

    Args:
        owner: The module or class that has the function.
        name: The function's name there.
        post: Called with the function behind it and the arguments of the call; what it returns is the call's result.
    """
    with shared(("post", id(owner), name), lambda: _posted(owner, name)) as posts:
        posts.append(post)
        try:
            yield
        finally:
            posts.remove(post)


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


def answer(original: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
    """The original's own answer; what it raises is raised here."""
    __tracebackhide__ = True
    return original(*args, **kwargs)


@contextmanager
def _posted(owner: object, name: str) -> Iterator[list[Post]]:
    """Set a function in another's place that asks the posts, the latest first."""
    original: Callable[..., Any] = getattr(owner, name)
    posts: list[Post] = []

    def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        behind = partial(answer, original)
        for post in tuple(posts):
            behind = partial(post, behind)
        return behind(*args, **kwargs)

    update_wrapper(call, original, updated=())
    setattr(owner, name, call)
    try:
        yield posts
    finally:
        # What somebody else has set there meanwhile is theirs to take away.
        if getattr(owner, name) is call:
            setattr(owner, name, original)
