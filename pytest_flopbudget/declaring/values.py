"""``args`` and ``kwargs`` of a factory: plain TOML values, sizes of a point, and what TOML cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pytest_flopbudget.declaring.objects import FactoryCall, ObjectReference
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import did_you_mean, shown

# In both, the second group is the dimension; without it the match is the way to write the text itself.
_NUMBER = re.compile(r"\$(\$[A-Z][A-Z_]*)|\$([A-Z][A-Z_]*)")
_DIGITS = re.compile(r"\{(\{[A-Z][A-Z_]*\})\}|\{([A-Z][A-Z_]*)\}")

PATH = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_DOTTED = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*)\.([^\W\d]\w*)")

_SPECIAL = ("none", "object", "factory")
_CALL_KEYS = ("factory", "args", "kwargs")
_NULLS = ({"None": True}, {"null": True})


def read_value(written: object, spot: Spot) -> object:
    """A value of ``args`` or ``kwargs``; its mistakes are noted at their spots.

    Returns:
        Plain values, lists and dicts, with None, :class:`ObjectReference` and :class:`FactoryCall` inside.
    """
    if isinstance(written, list):
        return [read_value(value, spot / index) for index, value in enumerate(written)]
    if not isinstance(written, dict):
        return written
    special = next((key for key in _SPECIAL if key in written), None)
    if special == "none" or written in _NULLS:
        if len(written) > 1 or written.get("none") is not True:
            spot.wrong("None is written { none = true }, with nothing beside it")
        return None
    if special == "object":
        return _read_object(written, spot)
    if special == "factory":
        return _read_call(written, spot)
    return {key: read_value(value, spot / key) for key, value in written.items()}


def read_path(
    written: object, noun: str, spot: Spot, example: str = "shop.models:resnet50", form: str = "'module:name'"
) -> str | None:
    """A ``"module:name"``, or None and a mistake noted that says how one is written."""
    if isinstance(written, str):
        if PATH.fullmatch(written):
            return written
        if match := _DOTTED.fullmatch(written):
            spot.wrong(f"{shown(written)} is no {noun}; did you mean '{match[1]}:{match[2]}'?")
            return None
    spot.wrong(f"{shown(written)} is no {noun}: write {form}, as in '{example}'")
    return None


def value_dimensions(value: object, spot: Spot) -> Iterator[tuple[str, Spot]]:
    """The named dimensions that ``$R`` and ``{R}`` mention in a value, each with the spot of its text."""
    if isinstance(value, str):
        pattern = _NUMBER if _NUMBER.fullmatch(value) else _DIGITS
        yield from ((match[2], spot) for match in pattern.finditer(value) if match[2])
    for key, below in _below(value):
        yield from value_dimensions(below, spot.down(*key))


def substitute(value: object, point: Mapping[str, int]) -> object:
    """A value with the sizes of a point: ``"$R"`` as a number, ``"{R}"`` inside a text as its digits.

    ``"$$R"`` and ``"{{R}}"`` are the texts ``"$R"`` and ``"{R}"``.

    Raises:
        KeyError: It mentions a dimension that the point does not have.
    """
    if isinstance(value, str):
        if match := _NUMBER.fullmatch(value):
            return match[1] or point[match[2]]
        return _DIGITS.sub(lambda match: match[1] or str(point[match[2]]), value)
    if isinstance(value, list):
        return [substitute(below, point) for below in value]
    if isinstance(value, dict):
        return {key: substitute(below, point) for key, below in value.items()}
    if isinstance(value, FactoryCall):
        args = tuple(substitute(below, point) for below in value.args)
        return FactoryCall(value.path, args, {key: substitute(below, point) for key, below in value.kwargs.items()})
    return value


def _below(value: object) -> Iterator[tuple[tuple[str | int, ...], object]]:
    if isinstance(value, (list, tuple)):
        yield from (((index,), below) for index, below in enumerate(value))
    elif isinstance(value, dict):
        yield from (((key,), below) for key, below in value.items())
    elif isinstance(value, FactoryCall):
        yield from ((("args", index), below) for index, below in enumerate(value.args))
        yield from ((("kwargs", key), below) for key, below in value.kwargs.items())


def _read_object(written: dict[str, object], spot: Spot) -> ObjectReference | None:
    if len(written) > 1:
        spot.wrong('an object is written { object = "module:name" }, with nothing beside it')
        return None
    path = read_path(written["object"], "object", spot / "object")
    return ObjectReference(path) if path else None


def _read_call(written: dict[str, object], spot: Spot) -> FactoryCall | None:
    for key in written:
        if key not in _CALL_KEYS:
            (spot / key).wrong(f"unknown key{did_you_mean(key, _CALL_KEYS) or '; a factory may have args and kwargs'}")
    path = read_path(written["factory"], "factory", spot / "factory")
    args = read_args(written.get("args", []), spot / "args")
    kwargs = read_kwargs(written.get("kwargs", {}), spot / "kwargs")
    return FactoryCall(path, args or (), kwargs or {}) if path else None


def read_args(written: object, spot: Spot) -> tuple[object, ...] | None:
    """Positional arguments, or None and a mistake noted where it is no list."""
    if not isinstance(written, list):
        spot.wrong(f"{shown(written)} is no list of arguments: write args = [...]")
        return None
    return tuple(read_value(value, spot / index) for index, value in enumerate(written))


def read_kwargs(written: object, spot: Spot) -> Mapping[str, object] | None:
    """Keyword arguments, or None and a mistake noted where it is no table."""
    if not isinstance(written, dict):
        spot.wrong(f"{shown(written)} is no table of arguments: write kwargs = {{ name = value }}")
        return None
    return {key: read_value(value, spot / key) for key, value in written.items()}
