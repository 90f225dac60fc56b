"""Cases beside what they were at another time: their counts, their modules, their limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.by_lock import counted
from pytest_flopbudget.judge.changes import ModuleChange
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.locks import Entry
from pytest_flopbudget.judge.on_targets import Account
from pytest_flopbudget.judge.pairing import changes_between
from pytest_flopbudget.judge.verdicts import ModuleRow, Verdict

EVERY_DEPTH = 10**6


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of the cases of a table at another time.

    Args:
        called: The time, as it is told: ``"main (1a2b3c4d5)"``, or the file that was kept.
        entries: What each case cost, by the case's id.
        limits: The limits of each case; None where they are not known.
        notes: Why something is not known, each one line.
    """

    called: str
    entries: Mapping[str, Entry] = field(default_factory=dict)
    limits: Mapping[str, Sequence[Limit]] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Number:
    """A metric then and now, in its unit; ``name`` is ``"arena_bytes@nucleo"`` for that of a target."""

    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Compared:
    """A case whose counts are others than they were.

    Args:
        verdict: The case as it is.
        numbers: The counts that changed.
        changes: The modules that changed, the largest growth first.
    """

    verdict: Verdict
    numbers: tuple[Number, ...]
    changes: tuple[ModuleChange, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All counted cases of a table beside what they were.

    Args:
        changed: Those that cost something else.
        same: The ids of those that do not.
        new: The ids of those that were not known.
    """

    changed: tuple[Compared, ...]
    same: tuple[str, ...]
    new: tuple[str, ...]


def compared(verdicts: Iterable[Verdict], past: Past) -> Comparison:
    """Cases beside what they were; those that were not counted now are left out.

    A case that was counted in another mode, or by another counter's conventions, is new: its numbers are no earlier
    ones of the same.
    """
    changed, same, new = [], [], []
    for verdict in verdicts:
        entry = past.entries.get(verdict.case)
        if not verdict.metrics and not verdict.targets:
            continue
        if entry is None or entry.mode != verdict.mode or (entry.backend == "thop") != (verdict.backend == "thop"):
            new.append(verdict.case)
            continue
        numbers = tuple(
            Number(name, before, after)
            for name, before in sorted(entry.metrics.items(), key=_order)
            if (after := counted(verdict, name)) is not None and after != before
        )
        changes = changes_between(entry.modules, verdict.modules, EVERY_DEPTH)
        if numbers or any(change.fate != "moved" for change in changes):
            changed.append(Compared(verdict, numbers, changes))
        else:
            same.append(verdict.case)
    return Comparison(tuple(changed), tuple(same), tuple(new))


def remembered(past: Past) -> list[Verdict]:
    """The cases of another time as if they had just been counted: nothing is judged of them."""
    return [_as_counted(case, entry) for case, entry in sorted(past.entries.items())]


def _as_counted(case: str, entry: Entry) -> Verdict:
    metrics: dict[str, dict[str, int]] = {}
    for name, value in entry.metrics.items():
        metric, _, target = name.partition("@")
        metrics.setdefault(target, {})[metric] = value
    modules = (
        ModuleRow(path, each.calls, each.macs, 0, each.params, each.activations, each.operator)
        for path, each in entry.modules.items()
    )
    return Verdict(
        case=case,
        model=case.partition("::")[0],
        place=Place("", 1),
        metrics=metrics.get("", {}),
        targets={target: Account(of_target, {}) for target, of_target in metrics.items() if target},
        modules=tuple(modules),
        backend=entry.backend,
        mode=entry.mode,
    )


def _order(metric: tuple[str, int]) -> tuple[str, int]:
    """Where a metric stands among others: the case's own first, in the order in which metrics are told."""
    name, _, target = metric[0].partition("@")
    return target, list(METRICS).index(name) if name in METRICS else len(METRICS)
