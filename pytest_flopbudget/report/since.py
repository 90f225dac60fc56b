"""What became of a case's numbers since its lock, in a few words."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.quantities import format_excess

_TOLD = 3


def since_the_lock(verdict: Verdict) -> str:
    """The change of each locked number that is another now: ``"macs +3.1%, params -1%"``; empty without a lock."""
    if verdict.change in (None, "new"):
        return verdict.change or ""
    changed = list(_changed(verdict))
    more = len(changed) - _TOLD
    told = changed[:_TOLD] + ([f"{more:,} more"] if more > 0 else [])
    return ", ".join(told) or "same"


def _changed(verdict: Verdict) -> Iterator[str]:
    for key, locked in verdict.locked.items():
        metric, _, target = key.partition("@")
        account = verdict.targets.get(target)
        now = (account.metrics if account else {} if target else verdict.metrics).get(metric)
        if now is not None and now != locked:
            yield f"{key} {format_excess(now, locked)}"
