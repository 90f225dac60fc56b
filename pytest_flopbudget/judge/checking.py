"""Limits against what was counted: on the case itself, and on each module that a pattern matches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.metrics import METRICS, unknown_of
from pytest_flopbudget.counting.paths import ancestors
from pytest_flopbudget.counting.patterns import matching, no_match
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge import wording
from pytest_flopbudget.judge.assumptions import in_short
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import OF_THE_MODEL, Check, ModuleRow, Verdict, depends_on_data

_AS_IT_IS: Mapping[str, Deployment] = {"": AS_IT_IS}
OF_A_MODULE: Mapping[str, Callable[[ModuleRow], int]] = {
    "macs": lambda row: row.macs,
    "flops": lambda row: 2 * row.macs,
    "total_flops": lambda row: row.total_flops,
    "params": lambda row: row.params,
    "activations": lambda row: row.activations,
}


def checks(
    limits: Sequence[Limit],
    verdict: Verdict,
    others: Mapping[str, Measurement],
    on: Mapping[str, Deployment] = _AS_IT_IS,
) -> Iterator[Check]:
    """Every limit against its count, a limit on modules against that of each; what the lock limits is none of these.

    Args:
        limits: All limits of a case.
        verdict: What was counted for it.
        others: What was counted for the declared models that the limits refer to.
        on: The deployment of each target by its name; that of the case itself is ``""``.
    """
    rows = {row.path: row for row in verdict.modules}
    for limit in (each for each in limits if each.relation != "lock"):
        base = _base(limit, verdict, others, on[limit.target])
        resolved = limit if base is None else limit.from_base(base)
        approximate = verdict.is_approximate(limit.metric) or (
            limit.of in others and depends_on_data(others[limit.of].data_dependent, limit.metric)
        )
        if not limit.subject:
            assumed = in_short(limit.metric, on[limit.target])
            yield Check(resolved, _counts(limit, verdict)[limit.metric], approximate, base=base, assumed=assumed)
        for path in matching(limit.subject, rows, in_region=_is_region(verdict)) if limit.subject else ():
            yield Check(resolved, OF_A_MODULE[limit.metric](rows[path]), approximate, path, base)


def unmatched(limits: Sequence[Limit], verdict: Verdict) -> Iterator[tuple[str, Place]]:
    """Each module pattern that matches no module, as a reason and its place: every model would keep its limits."""
    paths, in_region = [row.path for row in verdict.modules], _is_region(verdict)
    first = {limit.subject: limit.place for limit in reversed(limits) if limit.subject}
    for pattern, place in reversed(first.items()):
        if not matching(pattern, paths, in_region=in_region):
            yield f"modules: {no_match(pattern, paths, in_region=in_region)}", place


def without_macs(limits: Sequence[Limit], verdict: Verdict) -> Iterator[tuple[str, Place]]:
    """Each module pattern whose modules have no MACs, as a reason and its place: its limits hold nothing to anything.

    A limit on what the forward does not matter to is none of these, such as one on parameters.
    """
    counted = [limit for limit in reversed(limits) if limit.subject and limit.metric not in OF_THE_MODEL]
    first = {limit.subject: limit.place for limit in counted}
    for pattern, place in reversed(first.items()):
        paths = matching(pattern, [row.path for row in verdict.modules], in_region=_is_region(verdict))
        rows = [row for row in verdict.modules if row.path in paths]
        if rows and not any(row.macs for row in rows):
            inside = [each for each in verdict.uncounted if not set(paths).isdisjoint(ancestors(each.module))]
            yield wording.without_macs(pattern, rows, inside), place


def _is_region(verdict: Verdict) -> bool:
    return verdict.kind == "region"


def why_unknown(
    limit: Limit,
    measurement: Measurement,
    others: Mapping[str, Measurement],
    on: Mapping[str, Deployment] = _AS_IT_IS,
) -> str:
    """Why a limit's metric is not told, here or of the model that the limit is a share of; empty where it is.

    Of a table's limits this is told when the table is read; a backend that the command line names is not known then.
    """
    asked = [measurement, *([others[limit.of]] if limit.of in others else [])]
    why = next((why for each in asked if (why := unknown_of(each, limit.metric, on[limit.target]))), "")
    return f"{limit.name}: {why}" if why else ""


def _counts(limit: Limit, verdict: Verdict) -> Mapping[str, int]:
    """What was counted where the limit is: on its target, or for the model as it is."""
    return verdict.targets[limit.target].metrics if limit.target else verdict.metrics


def _base(limit: Limit, verdict: Verdict, others: Mapping[str, Measurement], deployment: Deployment) -> int | None:
    if limit.share is None:
        return None
    if limit.of:
        return METRICS[limit.metric].value(others[limit.of], deployment)
    return _counts(limit, verdict)[limit.metric]
