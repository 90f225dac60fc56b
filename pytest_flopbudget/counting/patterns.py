"""Patterns of module paths: ``"blocks.*.attn"``, ``"**.attn"``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from pytest_flopbudget.errors import did_you_mean, nearest

_MANY = "**"
_EXAMPLE = "write a dotted path, as in 'blocks.*.attn'"
_MOST_NAMED = 5
_NUMBERED = re.compile(r"([^.#]+)#\d+(.*)")


def why_no_pattern(pattern: object) -> str:
    """Why something is no pattern; empty for one."""
    if not isinstance(pattern, str) or not pattern.strip():
        return _EXAMPLE
    parts = pattern.split(".")
    if not all(parts) or re.search(r"\s", pattern):
        return f"between two dots stands a name; {_EXAMPLE}"
    if any(_MANY in part and part != _MANY for part in parts):
        return "'**' stands for whole names between dots, as in '**.attn'"
    return ""


def matching(pattern: str, paths: Iterable[str], *, in_region: bool = False) -> list[str]:
    """The paths that a pattern matches, in their order.

    ``*`` stands for any part of one name between dots, ``**`` for any number of names, also none. The model itself
    is no module of its own, and never matched.

    Args:
        pattern: The pattern.
        paths: Dotted paths of modules.
        in_region: Whether the paths begin with the classes of models, numbered from the second of a class on: then
            ``Net.head`` matches ``Net.head`` and ``Net#2.head``, and ``Net#2.head`` that one alone.
    """
    compiled = _compiled(pattern)

    def matches(path: str) -> bool:
        numbered = _NUMBERED.fullmatch(path) if in_region else None
        unnumbered = path if numbered is None else "".join(numbered.groups())
        return any(compiled.fullmatch(f".{each}") for each in (path, unnumbered))

    return [path for path in paths if path and matches(path)]


def no_match(pattern: str, paths: Sequence[str], *, in_region: bool = False) -> str:
    """What to say of a pattern that matches no path, with the nearest one that does."""
    named = [path for path in paths if path]
    if not named:
        return f"no module matches {pattern!r}; {'no module was called' if in_region else 'the model has no modules'}"
    return f"no module matches {pattern!r}{_nearest(pattern, named)}"


@lru_cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # Each name with the dot before it, so that none and many are told alike.
    return re.compile("".join(r"(?:\.[^.]+)*" if part == _MANY else rf"\.{_name(part)}" for part in pattern.split(".")))


def _name(part: str) -> str:
    return "[^.]*".join(map(re.escape, part.split("*")))


def _nearest(pattern: str, paths: Sequence[str]) -> str:
    names = dict.fromkeys(name for path in paths for name in path.split("."))
    parts = pattern.split(".")
    mended = ".".join(part if "*" in part or part in names else nearest(part, names) or part for part in parts)
    last = mended.rpartition(".")[2]
    anywhere = [] if "*" in last else [f"{_MANY}.{mended}", f"{_MANY}.{last}"]
    for candidate in (mended, *anywhere):
        if candidate != pattern and matching(candidate, paths):
            return f"; did you mean {candidate!r}?"
    roots = list(dict.fromkeys(path.partition(".")[0] for path in paths))
    more = ", …" if len(roots) > _MOST_NAMED else ""
    return did_you_mean(pattern, paths) or f"; there is {', '.join(roots[:_MOST_NAMED])}{more}"
