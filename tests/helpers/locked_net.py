"""A verdict on a net, its entry in a lock, and the terms on which the two are compared."""

from __future__ import annotations

from dataclasses import replace

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.by_lock import Terms
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.locks import Entry, Lock, LockedModule, LockPolicy, NewPolicy
from pytest_flopbudget.judge.verdicts import ModuleRow, Verdict
from pytest_flopbudget.quantities import Growth

PLACE = Place("pyproject.toml", 2)
ROWS = (
    ModuleRow("", 1, 1000, 0, 60, 30),
    ModuleRow("a", 1, 600, 0, 40, 20),
    ModuleRow("a.b", 1, 600, 0, 40, 20),
    ModuleRow("a.b.c", 2, 500, 0, 30, 10, "aten::linear 1x5, 10x5 gives 1x10"),
)
NET = Verdict(
    case="net::default",
    model="net",
    place=PLACE,
    metrics={"macs": 1000, "flops": 2000, "total_flops": 2100, "params": 60, "activations": 30},
    modules=ROWS,
)
AS_LOCKED = Entry(
    metrics={"macs": 1000, "params": 60, "activations": 30},
    modules={
        "": LockedModule(1000, 60, 30, 1),
        "a": LockedModule(600, 40, 20, 1),
        "a.b": LockedModule(600, 40, 20, 1),
        "a.b.c": LockedModule(500, 30, 10, 2, "aten::linear 1x5, 10x5 gives 1x10"),
    },
)


def terms(
    entry: Entry | None = AS_LOCKED,
    policy: LockPolicy = "no_growth",
    new: NewPolicy = "warn",
    *,
    is_update: bool = False,
) -> Terms:
    lock = Lock({} if entry is None else {"net::default": entry})
    return Terms(lock=lock, called="x.json", place=PLACE, policy=policy, new=new, is_update=is_update)


def locked(**metrics: int) -> Entry:
    return replace(AS_LOCKED, metrics={**AS_LOCKED.metrics, **metrics})


def limit(metric: str, subject: str = "", target: str = "", growth: Growth | None = None) -> Limit:
    return Limit(
        metric=metric,
        subject=subject,
        target=target,
        value=0,
        relation="lock",
        place=PLACE,
        source="lock",
        growth=growth,
    )


def told(verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(each.status, each.level, each.text) for each in verdict.findings]
