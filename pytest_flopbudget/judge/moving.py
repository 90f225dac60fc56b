"""Modules that have another path and the same cost as before: renamed blocks, and layers that others pushed along.

Two modules match where they and all below them cost the same by themselves, at the same relative paths, in every number
and in their operators' shapes. Where several could be the other half, none is taken for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

_Cost = tuple[tuple[str, int, int, int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Own:
    """What a module costs by itself, without those below it.

    Args:
        macs: In MACs.
        params: Distinct parameters.
        activations: In elements.
        calls: How often it is called.
        operator: Its dearest call, with its shapes; empty where that is not known.
    """

    macs: int
    params: int
    activations: int
    calls: int
    operator: str = ""

    @property
    def is_free(self) -> bool:
        """Whether it has no cost to be known by."""
        return not (self.macs or self.params or self.activations)


def is_below(path: str, above: str) -> bool:
    """Whether a module stands inside another; all stand inside the root."""
    return path != above and (not above or path.startswith(f"{above}."))


class _Trees:
    """Modules of before or of now, by path, with what each and all below it cost.

    Args:
        modules: Each by itself.
        with_operators: Whether their operators tell them apart.
    """

    def __init__(self, modules: Mapping[str, Own], *, with_operators: bool) -> None:
        below: dict[str, list[str]] = {path: [path] for path in modules}
        for path in modules:
            parts = path.split(".")
            for depth in range(len(parts)):
                above = ".".join(parts[:depth])
                if above != path and above in below:
                    below[above].append(path)
        self.modules, self.below = modules, below
        self.costs = {path: self._cost(path, with_operators=with_operators) for path in modules}

    def _cost(self, top: str, *, with_operators: bool) -> _Cost:
        found = []
        for path in self.below[top]:
            own = self.modules[path]
            operator = own.operator if with_operators else ""
            found.append((path[len(top) :], own.macs, own.params, own.activations, own.calls, operator))
        return tuple(found)

    def is_free(self, top: str) -> bool:
        """Whether a module and all below it have no cost to be known by."""
        return all(self.modules[path].is_free for path in self.below[top])


def moved(before: Mapping[str, Own], after: Mapping[str, Own]) -> dict[str, str]:
    """The earlier path of each module of now that has another path and certainly is the same.

    Args:
        before: The modules of before by path, each by itself.
        after: Those of now.
    """
    # A lock without operators cannot tell modules apart by them.
    known = any(module.operator for module in before.values())
    past, present = (_Trees(modules, with_operators=known) for modules in (before, after))
    homes = _pushed_along(past, present)
    homes.update(_renamed(past, present, homes))
    return homes


def _renamed(past: _Trees, present: _Trees, known: Mapping[str, str]) -> dict[str, str]:
    """Blocks whose paths are new, each with the one block that went missing and cost the same; not those known."""
    homes: dict[str, str] = {}
    missing = past.modules.keys() - present.modules.keys() - set(known.values())
    added = present.modules.keys() - past.modules.keys() - known.keys()
    gone = [path for path in past.modules if path in missing and not past.is_free(path)]
    new = [path for path in present.modules if path in added and not present.is_free(path)]
    found = True
    while found:
        found = False
        # One that kept its own name is surer than one that did not.
        for name in (_last, _nameless):
            pairs = _only_pairs(_by_cost(gone, past, name), _by_cost(new, present, name))
            for path, was in pairs:
                if path not in homes:
                    found = True
                    homes.update(_with_all_below(path, was, present))
            taken = set(homes.values())
            gone, new = [path for path in gone if path not in taken], [path for path in new if path not in homes]
    return homes


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _nameless(path: str) -> str:  # noqa: ARG001
    return ""


def _by_cost(paths: Iterable[str], trees: _Trees, name: Callable[[str], str]) -> dict[str, tuple[str, _Cost]]:
    """What each module is known by, the outermost first."""
    outermost_first = sorted(paths, key=lambda path: path.count("."))
    return {path: (name(path), trees.costs[path]) for path in outermost_first}


def _only_pairs(gone: Mapping[str, tuple[str, _Cost]], new: Mapping[str, tuple[str, _Cost]]) -> list[tuple[str, str]]:
    """Modules of now and before that nothing else on either side could be."""
    numbers, earlier = Counter(new.values()), Counter(gone.values())
    by_key = {key: path for path, key in gone.items()}
    return [(path, by_key[key]) for path, key in new.items() if numbers[key] == 1 and earlier[key] == 1]


def _with_all_below(path: str, was: str, present: _Trees) -> dict[str, str]:
    return {each: was + each[len(path) :] for each in present.below[path]}


def _pushed_along(past: _Trees, present: _Trees) -> dict[str, str]:
    """Numbered modules that others among them pushed along, or that closed up: the order of all that stayed is kept."""
    homes: dict[str, str] = {}
    before, after = _numbered(past), _numbered(present)
    # The outermost first: what is inside of one that was pushed along is not what had its path before.
    for parent in sorted(before.keys() & after.keys(), key=lambda path: (path.count("."), path)):
        if parent in homes or parent in homes.values():
            continue
        old, now = before[parent], after[parent]
        fewer = min(len(old), len(now))
        by_path = all(past.costs[old[at]] == present.costs[now[at]] for at in range(fewer))
        if by_path or len(old) == len(now):
            continue
        if len(old) < len(now):
            pairs = [(new, was) for was, new in _subsequence(old, past, now, present)]
        else:
            pairs = _subsequence(now, present, old, past)
        for path, was in pairs:
            if path != was:
                homes.update(_with_all_below(path, was, present))
    return homes


def _numbered(trees: _Trees) -> dict[str, list[str]]:
    """The modules of each container whose names are numbers, in their order."""
    found: dict[str, list[str]] = {}
    for path in trees.modules:
        if _last(path).isdecimal():
            found.setdefault(path.rpartition(".")[0], []).append(path)
    return {parent: sorted(paths, key=lambda path: int(_last(path))) for parent, paths in found.items()}


def _subsequence(fewer: list[str], of: _Trees, more: list[str], among: _Trees) -> list[tuple[str, str]]:
    """Each of the fewer with the first of the others that follows and costs the same; nothing where one has none."""
    rest = iter(more)
    pairs = []
    for path in fewer:
        other = next((each for each in rest if among.costs[each] == of.costs[path]), None)
        if other is None:
            return []
        pairs.append((path, other))
    return pairs
