"""The tree of a case's modules, as a chart of nested areas needs it: what each has by itself, and never too many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from pytest_flopbudget.counting.paths import ancestors
from pytest_flopbudget.judge.breakdown import own_shares
from pytest_flopbudget.judge.verdicts import ModuleRow
from pytest_flopbudget.report.html.numbers import exact

METRICS = ("macs", "params")


class Tree(TypedDict):
    """Modules by their places in these lists, each after the one that it is in; the root's ``parents`` is -1.

    ``total`` is what a module and all below it have, ``own`` what is left of that for itself, both by metric. A
    parameter that several modules share is counted in each, and once in what they are in; there ``own`` is 0 at least.
    """

    paths: list[str]
    parents: list[int]
    calls: list[int]
    total: dict[str, list[str]]
    own: dict[str, list[str]]
    left_out: int


def tree_of(rows: Sequence[ModuleRow], most: int) -> Tree:
    """The modules that cost anything, the largest where there are more than so many; the others count as their parent.

    Args:
        rows: A verdict's.
        most: How many modules to keep.
    """
    costly = [row for row in rows if row.macs or row.params]
    kept = _largest(costly, most)
    places = {row.path: at for at, row in enumerate(kept)}
    own = {metric: {share.path: share.value for share in own_shares(kept, metric)} for metric in METRICS}
    return {
        "paths": [row.path for row in kept],
        "parents": [_parent(row.path, places) for row in kept],
        "calls": [row.calls for row in kept],
        "total": {"macs": [exact(row.macs) for row in kept], "params": [exact(row.params) for row in kept]},
        "own": {metric: [exact(max(own[metric].get(row.path, 0), 0)) for row in kept] for metric in METRICS},
        "left_out": len(costly) - len(kept),
    }


def _largest(rows: Sequence[ModuleRow], most: int) -> list[ModuleRow]:
    """So many rows in their order; none is larger than what it is in, so the ones that they are in are kept too."""
    macs, params = (max((getattr(row, metric) for row in rows), default=0) or 1 for metric in METRICS)
    by_size = sorted(rows, key=lambda row: (-max(row.macs / macs, row.params / params), row.path.count("."), row.path))
    kept = {row.path for row in by_size[:most]}
    return [row for row in rows if row.path in kept]


def _parent(path: str, places: Mapping[str, int]) -> int:
    return next((places[above] for above in ancestors(path)[1:] if above in places), -1)
