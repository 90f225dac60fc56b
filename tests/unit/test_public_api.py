"""The public names and their signatures, as ``public_api.txt`` lists them: who changes a line there changes the API."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest_flopbudget
from pytest_flopbudget import testing

# Fixtures make these: how they are made is no part of the API.
HANDED_OUT = {"CountFlops", "FlopBudget", "FlopCase"}
LISTED = (Path(__file__).parent / "public_api.txt").read_text(encoding="utf-8").splitlines()


def signature(thing: object) -> str:
    """As it is written: Pythons quote an annotation of a generated ``__init__`` in one way or in another."""
    assert callable(thing)
    unquoted = re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(inspect.signature(thing)))
    return re.sub(r"<object object at \w+>", "...", unquoted)


def members(owner: type) -> Iterator[str]:
    """What users can reach of a class. Fields stand in its signature."""
    for name, member in static(owner):
        if name.startswith("_") and not (name == "__call__" and owner.__name__ in HANDED_OUT):
            continue
        if isinstance(member, property):
            yield f"    {name} -> {signature(member.fget).rpartition(' -> ')[2]}"
        elif isinstance(member, staticmethod | classmethod):
            yield f"    {type(member).__name__} {name}{signature(member.__func__)}"
        elif inspect.isfunction(member):
            yield f"    {name}{signature(member)}"


def static(owner: type) -> Iterator[tuple[str, object]]:
    """``inspect.getmembers_static``, which Python 3.10 has not."""
    return ((name, inspect.getattr_static(owner, name)) for name in sorted(dir(owner)))


def described(name: str, thing: object) -> Iterator[str]:
    if not inspect.isclass(thing):
        yield f"{name}{signature(thing)}"
    elif issubclass(thing, BaseException):
        yield f"{name}({', '.join(base.__name__ for base in thing.__bases__)})"
    else:
        yield name if name in HANDED_OUT else f"{name}{signature(thing).removesuffix(' -> None')}"
        yield from members(thing)


def api() -> list[str]:
    own = {name: getattr(pytest_flopbudget, name) for name in sorted(pytest_flopbudget.__all__)}
    helpers = {f"testing.{name}": getattr(testing, name) for name in testing.__all__}
    return [line for name, thing in (own | helpers).items() for line in described(name, thing)]


def test_the_public_api_is_the_one_that_is_listed() -> None:
    assert api() == LISTED
