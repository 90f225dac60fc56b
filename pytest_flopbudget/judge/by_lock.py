"""A verdict against the lock: what grew, what became cheaper, and what the lock does not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.counting.patterns import matching
from pytest_flopbudget.errors import LockError, Place
from pytest_flopbudget.judge import locked_wording as wording
from pytest_flopbudget.judge.changes import Change
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.locks import ALWAYS_LOCKED, NEVER_LOCKED, Entry, Lock, LockedModule, LockPolicy, NewPolicy
from pytest_flopbudget.judge.pairing import changes_between, depth_of, locked_modules
from pytest_flopbudget.judge.verdicts import Finding, ModuleRow, Verdict, weightiest_first
from pytest_flopbudget.quantities import Growth

_NONE = Growth()


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """The lock of a table, and by which terms cases are judged by it.

    Args:
        lock: The lock; why it cannot be read; or None where there is none yet.
        called: Its file as the user should read it.
        place: Where the table names it.
        policy: ``"no_growth"`` refuses what is dearer, ``"exact"`` what is another, ``"report"`` nothing.
        new: What a case without an entry is.
        depth: Down to which depth modules are locked.
        is_update: Whether the lock is about to be written anew: then growth is what it is for.
    """

    lock: Lock | LockError | None
    called: str
    place: Place
    policy: LockPolicy = "no_growth"
    new: NewPolicy = "warn"
    depth: int = 2
    is_update: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What a case says of its lock.

    Args:
        limits: All of its limits, those of its targets too; what they limit is locked.
        growth: By how much a metric may grow, by its name; ``""`` is every other metric.
        metrics: What is locked of it besides what is locked of every case and what is limited.
    """

    limits: Sequence[Limit] = ()
    growth: Mapping[str, Growth] = field(default_factory=dict)
    metrics: Sequence[str] = ()

    def allows(self, name: str, limit: Limit | None = None) -> Growth:
        """By how much a metric may grow, ``"arena_bytes@nucleo"`` as ``arena_bytes`` does."""
        if limit is not None and limit.growth is not None:
            return limit.growth
        metric = name.partition("@")[0]
        return self.growth.get(metric) or self.growth.get("") or _NONE


def by_lock(verdict: Verdict, subject: Subject, terms: Terms) -> Verdict:
    """A verdict that tells as well what became of the case since it was locked; one without counts is as it was.

    Args:
        verdict: The case by its limits.
        subject: What the case says of its lock.
        terms: The lock.
    """
    if not _is_counted(verdict):
        return verdict
    entry = entry_of(verdict, subject, terms.depth) if terms.is_update else None
    return replace(_compared(verdict, subject, terms), entry=entry)


def _compared(verdict: Verdict, subject: Subject, terms: Terms) -> Verdict:
    lock = terms.lock
    if isinstance(lock, LockError):
        return _with(verdict, [Finding("error", "error", str(lock))], terms)
    if lock is not None and lock.conventions != CONVENTIONS:
        can_be_renewed = lock.conventions < CONVENTIONS and terms.is_update
        other = [Finding("error", "error", wording.other_conventions(lock, terms.called))]
        found = _refused(verdict, terms) if can_be_renewed else other
        return replace(_with(verdict, found, terms), change="new")
    entry = lock.entries.get(verdict.case) if lock is not None else None
    if entry is None:
        found = _refused(verdict, terms) or _new(verdict, wording.no_entry(terms.called), terms)
        return replace(_with(verdict, found, terms), change="new")
    if why := wording.other_way(entry, verdict, terms.called):
        found = _refused(verdict, terms) if terms.is_update else [Finding("error", "error", why)]
        return replace(_with(verdict, found, terms), change="new")
    changes = changes_between(entry.modules, verdict.modules, terms.depth)
    ordered = dict.fromkeys((*(name for name in locked_metrics(subject) if name in entry.metrics), *entry.metrics))
    known = replace(verdict, locked={name: entry.metrics[name] for name in ordered}, changes=changes)
    changed = replace(known, change=_change(known, subject))
    return _with(changed, list(_found(changed, entry, subject, terms)), terms)


def entry_of(verdict: Verdict, subject: Subject, depth: int) -> Entry:
    """What a lock is to know of a case.

    Args:
        verdict: What was counted.
        subject: What the case says of its lock: modules that it names are locked at any depth.
        depth: Down to which depth all modules are.
    """
    named = {path for limit in _on_modules(subject) for path in _paths(limit, verdict)}
    deepest = max((depth, *map(depth_of, named)))
    deeper = {path: module for path, module in locked_modules(verdict.modules, deepest).items() if path in named}
    return Entry(
        metrics={name: value for name in locked_metrics(subject) if (value := counted(verdict, name)) is not None},
        modules={**deeper, **locked_modules(verdict.modules, depth)},
        backend="thop" if verdict.backend == "thop" else "auto",
        mode=verdict.mode,
    )


def locked_metrics(subject: Subject) -> tuple[str, ...]:
    """The names of the metrics that are locked of a case: MACs, parameters, activations, and what it has and limits."""
    limited = (limit.name for limit in subject.limits if not limit.subject and limit.metric not in NEVER_LOCKED)
    return tuple(dict.fromkeys((*ALWAYS_LOCKED, *subject.metrics, *limited)))


def counted(verdict: Verdict, name: str) -> int | None:
    """A metric of a verdict, in its unit, that of a target by ``"arena_bytes@nucleo"``; None where it is not told."""
    metric, at, target = name.partition("@")
    if not at:
        return verdict.metrics.get(metric)
    account = verdict.targets.get(target)
    return None if account is None else account.metrics.get(metric)


def _found(verdict: Verdict, entry: Entry, subject: Subject, terms: Terms) -> Iterator[Finding]:
    if refused := _refused(verdict, terms):
        yield from refused
        return
    for name in locked_metrics(subject):
        value = counted(verdict, name)
        if value is not None and name in entry.metrics:
            yield from _on_number(verdict, wording.Pair(name, value, entry.metrics[name], subject.allows(name)), terms)
        elif value is not None:
            yield from _new(verdict, wording.no_metric(name, terms.called), terms)
    rows = {row.path: row for row in verdict.modules}
    for limit in _on_modules(subject):
        for path in _paths(limit, verdict):
            before = entry.modules.get(path)
            allowed = subject.allows(limit.metric, limit)
            if before is None:
                yield from _new(verdict, wording.no_metric(f"{path}: {limit.metric}", terms.called), terms)
            else:
                values = _of_module(rows[path], limit.metric), _of_module(before, limit.metric)
                yield from _on_number(verdict, wording.Pair(limit.metric, *values, allowed, path), terms)


def _refused(verdict: Verdict, terms: Terms) -> list[Finding]:
    """What keeps a case out of an exact lock, also one that it has no entry of yet: other data would differ."""
    if terms.policy != "exact" or not verdict.data_dependent or verdict.level == "off":
        return []
    return [Finding("error", "error", wording.depends_on_data(terms.called))]


def _on_number(verdict: Verdict, pair: wording.Pair, terms: Terms) -> Iterator[Finding]:
    if verdict.level == "off" or terms.is_update or terms.policy == "report":
        return
    if terms.policy == "exact" and pair.now != pair.before:
        yield Finding("differs", verdict.level, wording.other(pair, approximate=verdict.is_approximate(pair.metric)))
    elif terms.policy == "no_growth" and pair.now > pair.allowed:
        yield Finding("grown", verdict.level, wording.grown(pair, approximate=verdict.is_approximate(pair.metric)))


def _new(verdict: Verdict, text: str, terms: Terms) -> list[Finding]:
    if verdict.level == "off" or terms.is_update or terms.new == "accept":
        return []
    return [Finding("unlocked", "warn" if terms.new == "warn" else verdict.level, text)]


def _with(verdict: Verdict, found: Sequence[Finding], terms: Terms) -> Verdict:
    """The verdict with what was found, each text once, and where the lock is."""
    if not found:
        return verdict
    findings = weightiest_first(dict.fromkeys((*verdict.findings, *found)))
    where = f"the lock is {terms.called}, named at {terms.place}"
    if any(each.status in {"grown", "differs"} for each in found):
        where += f"; if the change is meant, {wording.UPDATE} renews it"
    return replace(verdict, findings=findings, details=(*verdict.details, where))


def _change(verdict: Verdict, subject: Subject) -> Change:
    """What became of a case: one of whose metrics any grew is grown, whatever became of the others."""
    pairs = [
        (value, verdict.locked[name])
        for name in locked_metrics(subject)
        if name in verdict.locked and (value := counted(verdict, name)) is not None
    ]
    if any(now > before for now, before in pairs):
        return "grown"
    return "shrunk" if any(now < before for now, before in pairs) else "same"


def _on_modules(subject: Subject) -> list[Limit]:
    return [limit for limit in subject.limits if limit.subject and limit.relation == "lock"]


def _paths(limit: Limit, verdict: Verdict) -> list[str]:
    return matching(limit.subject, [row.path for row in verdict.modules], in_region=verdict.kind == "region")


def _of_module(module: ModuleRow | LockedModule, metric: str) -> int:
    return {"macs": module.macs, "params": module.params, "activations": module.activations}[metric]


def _is_counted(verdict: Verdict) -> bool:
    """Whether there is anything to compare: a bundle has its counts on its target alone."""
    return bool(verdict.metrics or verdict.targets)
