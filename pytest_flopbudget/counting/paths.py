"""The dotted paths of modules: what stands above what."""

from __future__ import annotations

from collections.abc import Mapping


def with_descendants(own: Mapping[str, int]) -> dict[str, int]:
    """What is told of each path, and of all paths below it, by the path."""
    totals = dict(own)
    # The deepest first: what is below a path is in it before it is added to the next above.
    for path in sorted(own, key=_depth, reverse=True):
        above = _above(path, own)
        if above is not None:
            totals[above] += totals[path]
    return totals


def _depth(path: str) -> int:
    return path.count(".")


def _above(path: str, paths: Mapping[str, int]) -> str | None:
    """The nearest of some paths above another; None where there is none."""
    while path:
        path = path.rpartition(".")[0]
        if path in paths:
            return path
    return None


def ancestors(path: str) -> list[str]:
    """The path itself and every path above it, the root ``""`` last."""
    parts = path.split(".") if path else []
    return [".".join(parts[:depth]) for depth in range(len(parts), -1, -1)]
