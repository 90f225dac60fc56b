"""Today's numbers for limits that are not kept: a baseline from which a project can begin."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.lines import Path
from pytest_flopbudget.declaring.proposing import Left, Proposal, why_not
from pytest_flopbudget.judge.verdicts import Check, Verdict
from pytest_flopbudget.quantities import write_exact


def baseline(chosen: Sequence[Verdict], others: Sequence[Verdict]) -> tuple[list[Proposal], list[Left]]:
    """The limits that are not kept, each as the largest count that it holds today.

    Args:
        chosen: The verdicts on the cases that it is asked for.
        others: Those on all other cases, which the same written limits may hold.
    """
    found: dict[Path, Proposal] = {}
    left: list[Left] = []
    every = [(verdict.case, check) for verdict in (*chosen, *others) for check in verdict.checks]
    for verdict in chosen:
        for check in verdict.checks:
            path = check.limit.path
            if check.kept or path in found:
                continue
            counts: dict[str, int] = {}
            for case, other in every:
                if other.limit.path == path:
                    counts[case] = max(other.measured, counts.get(case, 0))
            if why := _why_not(check, list(counts.values())):
                left.append(Left(verdict.case, check.limit.name, why))
            else:
                found[path] = _today(check, counts)
    return list(found.values()), left


def _why_not(check: Check, counts: Sequence[int]) -> str:
    """Why a limit that is not kept is not to become today's number; empty where it may."""
    if check.limit.target:
        return f"it is a limit of the target {check.limit.target}"
    if check.limit.relation == "=" and check.limit.path:
        return "" if len({*counts}) == 1 else "the count must equal it, and it holds several that differ"
    return why_not(check.limit)


def _today(check: Check, counts: dict[str, int]) -> Proposal:
    equals = "= " if check.limit.relation == "=" else ""
    return Proposal(
        file=check.limit.place.path,
        path=check.limit.path,
        metric=check.limit.metric,
        text=f"{equals}{write_exact(max(counts.values()), METRICS[check.limit.metric].unit)}",
        before=check.limit.source,
        counts=counts,
    )
