"""Limits against what was counted: on the case itself, and on each module that a pattern matches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.patterns import matching, no_match
from pytest_flopbudget.judge.verdicts import Check, ModuleRow, Verdict, depends_on_data

OF_A_MODULE: Mapping[str, Callable[[ModuleRow], int]] = {
    "macs": lambda row: row.macs,
    "flops": lambda row: 2 * row.macs,
    "total_flops": lambda row: row.total_flops,
    "params": lambda row: row.params,
    "activations": lambda row: row.activations,
}


def checks(limits: Sequence[Limit], verdict: Verdict, others: Mapping[str, Measurement]) -> Iterator[Check]:
    """Every limit against its count, a limit on modules against that of each.

    Args:
        limits: All limits of a case.
        verdict: What was counted for it.
        others: What was counted for the declared models that the limits refer to.
    """
    rows = {row.path: row for row in verdict.modules}
    for limit in limits:
        base = _base(limit, verdict, others)
        resolved = limit if base is None else limit.from_base(base)
        approximate = verdict.is_approximate(limit.metric) or (
            limit.of in others and depends_on_data(others[limit.of].data_dependent, limit.metric)
        )
        if not limit.subject:
            yield Check(resolved, verdict.metrics[limit.metric], approximate, base=base)
        for path in matching(limit.subject, rows) if limit.subject else ():
            yield Check(resolved, OF_A_MODULE[limit.metric](rows[path]), approximate, path, base)


def unmatched(limits: Sequence[Limit], modules: Sequence[ModuleRow]) -> Iterator[tuple[str, Place]]:
    """Each module pattern that matches no module, as a reason and its place: every model would keep its limits."""
    paths = [row.path for row in modules]
    first = {limit.subject: limit.place for limit in reversed(limits) if limit.subject}
    for pattern, place in reversed(first.items()):
        if not matching(pattern, paths):
            yield f"modules: {no_match(pattern, paths)}", place


def _base(limit: Limit, verdict: Verdict, others: Mapping[str, Measurement]) -> int | None:
    if limit.share is None:
        return None
    return METRICS[limit.metric].value(others[limit.of]) if limit.of else verdict.metrics[limit.metric]
