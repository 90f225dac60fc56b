"""What became of cases since they were locked: exact numbers, a word for a column, and notes on many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.judge.by_lock import counted
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.judge.wording import about
from pytest_flopbudget.quantities import format_exact, format_excess, format_quantity, noun
from pytest_flopbudget.report.text import counted as number_of

_MOST_NAMED = 5


def since_lock(verdict: Verdict) -> list[str]:
    """A row for each metric that is another than the lock has; nothing where all is as it was."""
    changed = _changed(verdict)
    if not changed:
        return []
    names = max(len(name) for name, _, _ in changed)
    befores = [format_exact(before) for _, before, _ in changed]
    nows = [about(format_exact(now), approximate=verdict.is_approximate(name)) for name, _, now in changed]
    widths = max(map(len, befores)), max(map(len, nows))
    return [
        "Since the lock:",
        *(
            f"  {name:<{names}}  {was:>{widths[0]}} to {is_now:>{widths[1]}} {_noun(name)} "
            f"({format_excess(now, before)})"
            for (name, before, now), was, is_now in zip(changed, befores, nows, strict=True)
        ),
    ]


def change_told(verdict: Verdict) -> str:
    """The change since the lock in a word: ``"+2.5%"`` of the MACs, ``"params -3%"``, ``"same"`` or ``"new"``.

    Empty where there is no lock.
    """
    changed = _changed(verdict)
    if not changed:
        return verdict.change or ""
    # MACs, where they changed, stand first.
    name, before, now = changed[0]
    return format_excess(now, before) if name == "macs" else f"{name} {format_excess(now, before)}"


def unlimited(verdict: Verdict) -> tuple[str, ...]:
    """What a case costs that the lock alone holds: ``"63.49 kMACs, 260 params"``; empty where it was not counted."""
    told = [
        about(format_quantity(verdict.metrics[name], METRICS[name].unit), approximate=verdict.is_approximate(name))
        for name in ("macs", "params")
        if name in verdict.metrics
    ]
    return (", ".join(told),) if told else ()


def notes(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """A note on the cases that became cheaper, and one on those that became dearer by no more than is allowed.

    Where locks are about to be written anew, both are told with that.
    """
    # By its findings: a case that is over a limit too is exceeded, and no less grown.
    judged = [
        verdict
        for verdict in verdicts
        if verdict.entry is None and not any(each.status in {"grown", "differs"} for each in verdict.findings)
    ]
    for change, what in (
        ("shrunk", "cheaper than locked: {}; --flopbudget-update keeps the lower numbers"),
        ("grown", "dearer than locked, by no more than is allowed: {}"),
    ):
        of_change = [verdict for verdict in judged if verdict.change == change]
        if of_change:
            told = ", ".join(f"{verdict.case} ({change_told(verdict)})" for verdict in of_change[:_MOST_NAMED])
            more = f" and {len(of_change) - _MOST_NAMED:,} more" if len(of_change) > _MOST_NAMED else ""
            verb = "is" if len(of_change) == 1 else "are"
            yield f"{number_of(len(of_change), 'case')} {verb} {what.format(told + more)}"


def _changed(verdict: Verdict) -> list[tuple[str, int, int]]:
    """Each metric that is another than the lock has, what the lock has, and what was counted."""
    return [
        (name, before, now)
        for name, before in verdict.locked.items()
        if (now := counted(verdict, name)) is not None and now != before
    ]


def _noun(name: str) -> str:
    return noun(METRICS[name.partition("@")[0]].unit)
