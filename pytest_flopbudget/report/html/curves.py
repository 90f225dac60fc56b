"""A model's cost over its points, beside its limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict

from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Verdict
from pytest_flopbudget.quantities import noun
from pytest_flopbudget.report.html.numbers import exact, unit_of
from pytest_flopbudget.report.results import Reached


class Line(TypedDict):
    """A metric at each point, None where it has none: the counts and the limits, to the last digit."""

    name: str
    unit: str
    measured: list[str | None]
    limit: list[str | None]
    kept: list[bool]


class Curve(TypedDict):
    """A declared model: its points by their names, in the order of ``sizes`` where one dimension tells them apart."""

    model: str
    table: str
    points: list[str]
    dimension: str
    sizes: list[int]
    lines: list[Line]


def curves(reached: Iterable[Reached]) -> list[Curve]:
    """A curve for every declared model that was measured at several points, in the order of the cases."""
    models: dict[tuple[str, str], list[Verdict]] = {}
    for each in reached:
        if each.verdict.kind == "declared" and each.verdict.metrics:
            models.setdefault((each.table, each.verdict.model), []).append(each.verdict)
    return [_curve(table, model, each) for (table, model), each in models.items() if len(each) > 1]


def _curve(table: str, model: str, verdicts: Sequence[Verdict]) -> Curve:
    dimension = _dimension(verdicts)
    if dimension:
        verdicts = sorted(verdicts, key=lambda verdict: verdict.point[dimension])
    limits = (_own_limit(check) for verdict in verdicts for check in verdict.checks)
    names = dict.fromkeys(["macs", *(limit.name for limit in limits if limit)])
    return {
        "model": model,
        "table": table,
        "points": [verdict.case.partition("::")[2] or verdict.case for verdict in verdicts],
        "dimension": dimension,
        "sizes": [verdict.point[dimension] for verdict in verdicts] if dimension else [],
        "lines": [_line(name, verdicts) for name in names],
    }


def _dimension(verdicts: Sequence[Verdict]) -> str:
    """The one dimension whose size differs at every point; empty where there is none, or there are several."""
    names = list(verdicts[0].point)
    if any(list(verdict.point) != names for verdict in verdicts):
        return ""
    sizes = {name: {verdict.point[name] for verdict in verdicts} for name in names}
    telling = [name for name in names if len(sizes[name]) > 1]
    return telling[0] if len(telling) == 1 and len(sizes[telling[0]]) == len(verdicts) else ""


def _own_limit(check: Check) -> Limit | None:
    """A limit on the case itself or on a target of it; one on a module is no part of its curve."""
    return None if check.limit.subject else check.limit


def _line(name: str, verdicts: Sequence[Verdict]) -> Line:
    checks = [_check(name, verdict) for verdict in verdicts]
    counts = [_count(name, verdict, check) for verdict, check in zip(verdicts, checks, strict=True)]
    values = [check.limit.value if check else None for check in checks]
    return {
        "name": name,
        "unit": noun(unit_of(name.partition("@")[0])),
        "measured": [None if count is None else exact(count) for count in counts],
        "limit": [None if value is None else exact(value) for value in values],
        "kept": [check is None or check.kept for check in checks],
    }


def _check(name: str, verdict: Verdict) -> Check | None:
    return next((each for each in verdict.checks if (own := _own_limit(each)) and own.name == name), None)


def _count(name: str, verdict: Verdict, check: Check | None) -> int | None:
    if check is not None:
        return check.measured
    metric, _, target = name.partition("@")
    if not target:
        return verdict.metrics.get(metric)
    return verdict.targets[target].metrics.get(metric) if target in verdict.targets else None
