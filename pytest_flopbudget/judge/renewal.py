"""A lock written anew: which entries change, and what is said of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.judge.locked_wording import Pair, since
from pytest_flopbudget.judge.locks import Entry, Lock
from pytest_flopbudget.quantities import Growth

_NONE = Growth()


@dataclass(frozen=True, slots=True)
class Renewal:
    """What becomes of a lock.

    Args:
        lock: The lock as it is to be.
        told: A line on each entry that changes, the case's id first, sorted.
        not_renewed: The entries of a lock by other conventions that were not counted anew; there may be none.
    """

    lock: Lock
    told: tuple[str, ...] = ()
    not_renewed: tuple[str, ...] = ()


def renewal(before: Lock | None, renewed: Mapping[str, Entry], pruned: Sequence[str] = ()) -> Renewal:
    """What becomes of a lock with some entries written anew.

    Args:
        before: The lock as it is; None where there is none yet.
        renewed: The entries of what was counted.
        pruned: The ids of the entries to take out.
    """
    old = before or Lock()
    lines = {case: line for case, entry in renewed.items() if (line := _told(old.entries.get(case), entry))}
    lines |= dict.fromkeys(pruned, "taken out")
    left = [case for case in old.entries if case not in renewed and case not in pruned]
    told = [f"{case}: {lines[case]}" for case in sorted(lines)]
    if old.conventions != CONVENTIONS:
        told.insert(0, f"counted by conventions {CONVENTIONS}, before by {old.conventions}")
    return Renewal(
        old.with_entries(renewed, pruned), tuple(told), tuple(left) if old.conventions != CONVENTIONS else ()
    )


def _told(before: Entry | None, after: Entry) -> str:
    """What changes of an entry, on one line; empty where nothing does."""
    if before is None:
        return "new"
    if before == after:
        return ""
    return "; ".join(_changes(before, after)) or "its modules alone"


def _changes(before: Entry, after: Entry) -> Iterator[str]:
    if before.backend != after.backend:
        yield f"backend {after.backend}, before {before.backend}"
    if before.mode != after.mode:
        yield f"mode {after.mode}, before {before.mode}"
    for name in sorted({*before.metrics, *after.metrics}):
        if name not in before.metrics:
            yield f"{name} is new"
        elif name not in after.metrics:
            yield f"{name} is no longer locked"
        elif before.metrics[name] != after.metrics[name]:
            yield since(Pair(name, after.metrics[name], before.metrics[name], _NONE))
