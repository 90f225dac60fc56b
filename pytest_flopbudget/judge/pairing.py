"""What grew: the modules of a lock beside those of now, paired by path, and where costs match, by these.

Compared is what each module costs by itself, so that none is named for what another inside it did. A lock is cut at a
depth: what is below the cut counts as part of the module at the cut, on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from pytest_flopbudget.counting.paths import ancestors
from pytest_flopbudget.judge.changes import ModuleChange, ModuleFate
from pytest_flopbudget.judge.locks import LockedModule
from pytest_flopbudget.judge.moving import Own, is_below, moved
from pytest_flopbudget.judge.verdicts import ModuleRow

_METRICS: Mapping[str, Callable[[Own], int]] = {
    "macs": lambda module: module.macs,
    "params": lambda module: module.params,
    "activations": lambda module: module.activations,
}


def locked_modules(rows: Iterable[ModuleRow], depth: int) -> dict[str, LockedModule]:
    """The modules down to a depth as a lock keeps them, in the order of the tree.

    The operator of a module at the cut is that of the dearest by itself among it and all below.

    Args:
        rows: The rows of a verdict.
        depth: How many levels below the model itself are kept.
    """
    return _cut({row.path: _of_row(row) for row in rows}, depth)


def changes_between(
    before: Mapping[str, LockedModule], after: Sequence[ModuleRow], depth: int
) -> tuple[ModuleChange, ...]:
    """Every change of a module's own MACs, parameters and activations: metric by metric, the largest growth first.

    A block that moved is one change, with the cost of all of it. A module is new, or removed, where it has no other
    half for certain.

    Args:
        before: The lock's modules, each with all below it.
        after: The rows of now.
        depth: The lock's depth; a lock that is less deep than that is compared as deep as it is.
    """
    if not before:
        return ()
    deepest = min(depth, max(map(depth_of, before)))
    was, now = _cut(before, deepest), locked_modules(after, deepest)
    if was == now:
        return ()
    past, present = _own(was), _own(now)
    homes = moved(past, present)
    taken = set(homes.values())
    halves = {path: homes.get(path, path if path in past and path not in taken else None) for path in present}
    kept = set(halves.values())
    found: list[ModuleChange] = []
    for metric, value in _METRICS.items():
        changes = [
            *_kept_or_new(metric, value, halves, past, present),
            *_moved(metric, value, homes, was),
            *_removed(metric, value, past, kept),
        ]
        found += sorted(changes, key=lambda change: -change.growth)
    return tuple(found)


def _kept_or_new(
    metric: str,
    value: Callable[[Own], int],
    halves: Mapping[str, str | None],
    past: Mapping[str, Own],
    present: Mapping[str, Own],
) -> Iterator[ModuleChange]:
    for path, half in halves.items():
        now = present[path]
        if half is None:
            if value(now):
                yield ModuleChange(path, "new", metric, 0, value(now), operator=now.operator)
        elif value(now) != value(past[half]):
            before, after = value(past[half]), value(now)
            fate: ModuleFate = "grown" if after > before else "shrunk"
            yield ModuleChange(path, fate, metric, before, after, operator=_told(past[half], now))


def _moved(
    metric: str, value: Callable[[Own], int], homes: Mapping[str, str], was: Mapping[str, LockedModule]
) -> Iterator[ModuleChange]:
    """The outermost of what moved: of a block, the block alone."""
    for path, earlier in homes.items():
        outer = path.rpartition(".")[0]
        if outer in homes and is_below(earlier, homes[outer]):
            continue
        block = was[earlier]
        if cost := value(Own(block.macs, block.params, block.activations, block.calls)):
            yield ModuleChange(path, "moved", metric, cost, cost, was=earlier)


def _removed(
    metric: str, value: Callable[[Own], int], past: Mapping[str, Own], kept: set[str | None]
) -> Iterator[ModuleChange]:
    for path, before in past.items():
        if path not in kept and value(before):
            yield ModuleChange(path, "removed", metric, value(before), 0, operator=before.operator)


def _told(was: Own, now: Own) -> str:
    """What changed of a module's own calls; empty where that is not known."""
    if was.operator != now.operator and was.operator and now.operator:
        return f"{now.operator}, was {was.operator}"
    if was.calls != now.calls and was.calls and now.calls:
        return f"called {now.calls:,} times, was {was.calls:,}"
    return ""


def _of_row(row: ModuleRow) -> LockedModule:
    return LockedModule(row.macs, row.params, row.activations, row.calls, row.operator)


def depth_of(path: str) -> int:
    """How many names a path has; 0 for the model itself."""
    return len(ancestors(path)) - 1


def _cut(modules: Mapping[str, LockedModule], depth: int) -> dict[str, LockedModule]:
    """The modules down to a depth; each at the cut bears the operator of the dearest that is folded into it."""
    dearest: dict[str, Own] = {}
    for path, own in _own(modules).items():
        at = ".".join(path.split(".")[:depth])
        if at not in dearest or (own.macs, bool(own.operator)) > (dearest[at].macs, bool(dearest[at].operator)):
            dearest[at] = own
    return {
        path: LockedModule(each.macs, each.params, each.activations, each.calls, dearest[path].operator)
        for path, each in modules.items()
        if depth_of(path) <= depth
    }


def _own(modules: Mapping[str, LockedModule]) -> dict[str, Own]:
    """What each costs without those below it."""
    own = {path: (each.macs, each.params, each.activations) for path, each in modules.items()}
    for path, each in modules.items():
        above = next((upper for upper in ancestors(path)[1:] if upper in modules), None)
        if above is not None:
            macs, params, activations = own[above]
            own[above] = macs - each.macs, params - each.params, activations - each.activations
    return {path: Own(*own[path], each.calls, each.operator) for path, each in modules.items()}
