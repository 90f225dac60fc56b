"""Where a model's cost goes, from the rows of its modules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pytest_flopbudget.counting.paths import ancestors
from pytest_flopbudget.judge.verdicts import ModuleRow

_COLUMNS: Mapping[str, Callable[[ModuleRow], int]] = {
    "macs": lambda row: row.macs,
    "total_flops": lambda row: row.total_flops,
    "params": lambda row: row.params,
    "activations": lambda row: row.activations,
}


def column_of(metric: str) -> str:
    """The metric by which the modules tell where a metric goes: each by itself, FLOPs of MACs by these."""
    return metric if metric in _COLUMNS else "macs"


@dataclass(frozen=True, slots=True)
class Share:
    """What a module itself costs without what is below it, in the metric's unit."""

    path: str
    value: int


def own_shares(modules: Sequence[ModuleRow], metric: str) -> list[Share]:
    """What each module itself costs, those that cost nothing left out, in the order of the tree.

    Args:
        modules: The rows of a verdict, each with all that is below it.
        metric: ``"macs"``, ``"total_flops"``, ``"params"`` or ``"activations"``.
    """
    totals = {row.path: _COLUMNS[metric](row) for row in modules}
    own = dict(totals)
    for path, value in totals.items():
        above = next((ancestor for ancestor in ancestors(path)[1:] if ancestor in totals), None)
        if above is not None:
            own[above] -= value
    return [Share(path, value) for path, value in own.items() if value]


def dearest(modules: Sequence[ModuleRow], metric: str, number: int = 5) -> list[Share]:
    """The modules that cost most by themselves, the dearest first; the tree's order where they are alike."""
    return sorted(own_shares(modules, metric), key=lambda share: -share.value)[:number]


@dataclass(frozen=True, slots=True)
class Branch:
    """What a module and all below it cost, in MACs, and how deep it stands in the tree."""

    depth: int
    name: str
    macs: int


def branches(modules: Sequence[ModuleRow]) -> list[Branch]:
    """The tree of modules that cost MACs, below the root; a module whose whole cost is in one child is one with it."""
    macs = {row.path: row.macs for row in modules if row.macs}
    children: dict[str, list[str]] = {}
    for path in macs:
        if path:
            above = next((ancestor for ancestor in ancestors(path)[1:] if ancestor in macs), "")
            children.setdefault(above, []).append(path)
    found: list[Branch] = []

    def grow(path: str, above: str, depth: int) -> None:
        own = children.get(path, [])
        if len(own) == 1 and macs[own[0]] == macs[path]:
            grow(own[0], above, depth)
            return
        found.append(Branch(depth, path[len(above) + 1 :] if above else path, macs[path]))
        for child in own:
            grow(child, path, depth + 1)

    for path in children.get("", []):
        grow(path, "", 0)
    return found
