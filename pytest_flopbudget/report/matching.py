"""Whether a value that JSON gives is of a type that records are made of."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator, Mapping
from typing import Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from pytest_flopbudget.errors import shown

_WORDS: Mapping[object, str] = {str: "a text", int: "a whole number", bool: "true or false", types.NoneType: "null"}


def mismatch(value: object, hint: object, where: str = "") -> str:
    """The first place at which a value is not of a type, and what was expected there; empty where it is.

    Args:
        value: As JSON gives it.
        hint: A type that records are made of.
        where: How the value is reached, such as ``cases[3].metrics``.
    """
    return next(_mismatches(value, hint, where), "")


def _mismatches(value: object, hint: object, where: str) -> Iterator[str]:
    if isinstance(hint, type) and is_typeddict(hint):
        yield from _in_record(value, hint, where)
        return
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is list:
        yield from _in_list(value, arguments[0], where)
    elif origin is dict:
        yield from _in_table(value, arguments[1], where)
    elif origin in (Union, types.UnionType):
        found = [mismatch(value, each, where) for each in arguments]
        if "" not in found:
            yield _nearest(value, found, where)
    elif origin is Literal:
        if not any(value == each and type(value) is type(each) for each in arguments):
            yield _wrong(value, "one of " + ", ".join(map(shown, arguments)), where)
    elif type(value) is not hint:
        yield _wrong(value, _WORDS[hint], where)


def _in_record(value: object, hint: type, where: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in _hints(hint).items():
            if key in value:
                yield from _mismatches(value[key], each, f"{where}.{key}" if where else key)
            else:
                yield f"{where}: there is no {key!r}" if where else f"there is no {key!r}"
    else:
        yield _wrong(value, "a table", where)


def _in_list(value: object, hint: object, where: str) -> Iterator[str]:
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _mismatches(each, hint, f"{where}[{index}]")
    else:
        yield _wrong(value, "a list", where)


def _in_table(value: object, hint: object, where: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _mismatches(each, hint, f"{where}[{shown(key)}]")
    else:
        yield _wrong(value, "a table", where)


def _nearest(value: object, found: list[str], where: str) -> str:
    """Of a table that is none of several kinds, what is wrong inside; of anything else, what it is."""
    inside = [each for each in found if not each.startswith(f"{where}: {shown(value)} ")]
    return inside[0] if inside else found[0]


@functools.lru_cache
def _hints(record: type) -> Mapping[str, object]:
    return get_type_hints(record)


def _wrong(value: object, expected: str, where: str) -> str:
    told = "null" if value is None else shown(value)
    return f"{where}: {told} stands where {expected} was expected" if where else f"{told} is not {expected}"
