"""All that the page tells of one case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypedDict

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.judge.changes import ModuleChange
from pytest_flopbudget.judge.verdicts import Check, Verdict
from pytest_flopbudget.quantities import format_excess
from pytest_flopbudget.report.html.history import Sparkline
from pytest_flopbudget.report.html.memory import MemoryPlan, plans_of
from pytest_flopbudget.report.html.modules import Tree, tree_of
from pytest_flopbudget.report.html.numbers import exact
from pytest_flopbudget.report.html.rows import pair_of, used
from pytest_flopbudget.report.memory import assumed_of


class LimitRow(TypedDict):
    """A limit: of what, both numbers to the last digit, the share that is used up in percent, and where it stands."""

    metric: str
    module: str
    measured: str
    limit: str
    relation: str
    unit: str
    told: str
    used: float | None
    kept: bool
    place: str
    reason: str


class Number(TypedDict):
    """A metric to its last digit, and what it was under the lock; both empty texts where there is none."""

    metric: str
    value: str
    unit: str
    locked: str


class Grown(TypedDict):
    """How a module's part in a metric changed."""

    path: str
    fate: str
    metric: str
    before: str
    after: str
    growth: str
    relative: str
    was: str
    operator: str


class ShareRow(TypedDict):
    """A case's part of what a bundle has; ``to_lose`` is empty where no loss of this case alone is of use."""

    metric: str
    case: str
    value: str
    to_lose: str


class Detail(TypedDict):
    """What stands below a row when it is unfolded."""

    findings: list[tuple[str, str, str]]
    details: list[str]
    facts: list[tuple[str, str]]
    limits: list[LimitRow]
    numbers: list[Number]
    grown: list[Grown]
    shares: list[ShareRow]
    uncounted: list[str]
    modules: Tree
    plans: list[MemoryPlan]
    history: Sparkline


def detail_of(verdict: Verdict, most_modules: int, most_buffers: int, history: Sparkline) -> Detail:
    """What the page tells of a case.

    Args:
        verdict: Its verdict.
        most_modules: How many of its modules to draw.
        most_buffers: How many buffers of each plan.
        history: What it cost over time.
    """
    return {
        "findings": [(each.status, each.level, each.text) for each in verdict.findings],
        "details": list(verdict.details),
        "facts": list(_facts(verdict)),
        "limits": [_limit(check) for check in verdict.checks],
        "numbers": list(_numbers(verdict)),
        "grown": [_grown(change) for change in verdict.changes],
        "shares": list(_shares(verdict)),
        "uncounted": [
            f"{each.operator}{f' in {each.module}' if each.module else ''}, {each.calls:,}×"
            for each in verdict.uncounted
        ],
        "modules": tree_of(verdict.modules, most_modules),
        "plans": plans_of(verdict, most_buffers),
        "history": history,
    }


def _facts(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """What else there is to know, each with a word for it."""
    if verdict.reason:
        yield "reason", verdict.reason
    yield "declared at", str(verdict.place)
    if verdict.point:
        yield "point", ", ".join(f"{name} = {size}" for name, size in verdict.point.items())
    if verdict.traced:
        yield "traced", f"{verdict.traced}, built {verdict.built}, {verdict.mode}"
    for target in verdict.targets:
        yield f"assumed of {target}", ", ".join(assumed_of(verdict, target))
    for note in verdict.notes:
        yield "note", note


def _limit(check: Check) -> LimitRow:
    limit, metric = check.limit, METRICS[check.limit.metric]
    return {
        "metric": limit.name,
        "module": check.module,
        "measured": exact(check.measured),
        "limit": exact(limit.value),
        "relation": limit.relation,
        "unit": metric.unit,
        "told": pair_of(check),
        "used": used(check),
        "kept": check.kept,
        "place": str(limit.place),
        "reason": limit.reason or "",
    }


def _numbers(verdict: Verdict) -> Iterator[Number]:
    """Every metric of the case, then those of its targets."""
    values = dict(verdict.metrics)
    for target, account in verdict.targets.items():
        values |= {f"{name}@{target}": value for name, value in account.metrics.items()}
    for name in dict.fromkeys([*values, *verdict.locked]):
        metric = METRICS.get(name.partition("@")[0])
        yield {
            "metric": name,
            "value": _or_empty(values, name),
            "unit": metric.unit if metric else "",
            "locked": _or_empty(verdict.locked, name),
        }


def _or_empty(values: Mapping[str, int], name: str) -> str:
    return exact(values[name]) if name in values else ""


def _grown(change: ModuleChange) -> Grown:
    is_compared = change.before > 0 and change.after > 0
    return {
        "path": change.path,
        "fate": change.fate,
        "metric": change.metric,
        "before": exact(change.before),
        "after": exact(change.after),
        "growth": f"{change.growth:+,}",
        "relative": format_excess(change.after, change.before) if is_compared else "",
        "was": change.was,
        "operator": change.operator,
    }


def _shares(verdict: Verdict) -> Iterator[ShareRow]:
    for metric, shares in verdict.shares.items():
        for share in shares:
            yield {
                "metric": metric,
                "case": share.case,
                "value": exact(share.value),
                "to_lose": "" if share.to_lose is None else exact(share.to_lose),
            }
