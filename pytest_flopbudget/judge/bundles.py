"""Several models on one target: what they share adds up, each in its own way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.planning import plan
from pytest_flopbudget.counting.metrics import METRICS, unknown_of
from pytest_flopbudget.errors import FlopBudgetError, Place
from pytest_flopbudget.judge import wording
from pytest_flopbudget.judge.assumptions import assumptions, in_short
from pytest_flopbudget.judge.judging import Judged, judge
from pytest_flopbudget.judge.memory import Peak, peak_of
from pytest_flopbudget.judge.on_targets import Account, beside_limits, limits_on
from pytest_flopbudget.judge.targets import ADD_UP, IN_RAM, Arena, Target
from pytest_flopbudget.judge.verdicts import Check, Finding, Level, Share, Status, Verdict


class JudgedBundle(Protocol):
    """What judging asks of a bundle."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def place(self) -> Place: ...  # noqa: D102
    @property
    def target(self) -> Target: ...  # noqa: D102
    @property
    def cases(self) -> Sequence[Judged]: ...  # noqa: D102
    @property
    def arena(self) -> Arena: ...  # noqa: D102
    @property
    def level(self) -> Level: ...  # noqa: D102
    @property
    def until(self) -> date | None: ...  # noqa: D102
    @property
    def reason(self) -> str | None: ...  # noqa: D102
    @property
    def skip(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class _Part:
    """One case's part of a metric: what it has in common use, and what it keeps for itself, in the metric's unit."""

    case: str
    common: int
    own: int

    @property
    def value(self) -> int:
        return self.common + self.own


def judge_bundle(bundle: JudgedBundle, measurements: Sequence[Measurement]) -> Verdict:
    """Judge several models together by what their target has for all of them.

    Weights, and MACs a second, add up. Arenas that are separate add up too; of a shared one each model has what it
    places for the time of its forward, and keeps the rest: the sum of what is kept and the largest of what is placed.

    Args:
        bundle: The bundle.
        measurements: What was counted for each of its cases, in their order.
    """
    target, verdict = bundle.target, unjudged(bundle)
    untold = list(_untold(bundle, measurements))
    if untold:
        return replace(verdict, findings=tuple(untold))
    limits = [limit for limit in limits_on(target, *measurements) if limit.metric in ADD_UP]
    parts = {
        metric: [_part(case.id, each, metric, bundle) for case, each in zip(bundle.cases, measurements, strict=True)]
        for metric in dict.fromkeys(limit.metric for limit in limits)
    }
    totals = {metric: _total(of_metric) for metric, of_metric in parts.items()}
    checks = tuple(
        Check(limit, totals[limit.metric], assumed=_assumed(limit.metric, bundle))
        for limit in limits
        if limit.relation != "lock"
    )
    shares = {check.limit.metric: tuple(_shares(parts[check.limit.metric], check)) for check in checks}
    refused = list(_refused(bundle, measurements))
    findings = [*_of_cases(bundle, measurements), *_on_checks(checks, bundle.level), *(each for each, _ in refused)]
    return replace(
        verdict,
        findings=tuple(sorted(findings, key=lambda finding: finding.level != "error")),
        details=tuple(dict.fromkeys(f"what it allows stands at {place}" for _, place in refused)),
        checks=checks,
        targets={target.name: Account(totals, {**assumptions(target.deployment), "arena": bundle.arena})},
        shares=shares,
        peaks=_peaks(bundle, measurements, checks, shares),
    )


def broken_bundle(bundle: JudgedBundle, case: str, error: FlopBudgetError) -> Verdict:
    """The verdict on a bundle of which a case cannot be measured."""
    headline, *details = str(error).splitlines() or [type(error).__name__]
    finding = Finding("error", "error", f"{case}: {headline}")
    return replace(unjudged(bundle), findings=(finding,), details=tuple(details))


def skipped_bundle(bundle: JudgedBundle, why: str) -> Verdict:
    """The verdict on a bundle that is not to be run."""
    return replace(unjudged(bundle), findings=(Finding("skipped", "off", why),))


def unjudged(bundle: JudgedBundle) -> Verdict:
    """What is known of a bundle before anything is measured."""
    return Verdict(
        case=bundle.id,
        kind="bundle",
        model="",
        place=bundle.place,
        reason=bundle.reason,
        level=bundle.level,
        until="" if bundle.until is None else bundle.until.isoformat(),
    )


def _untold(bundle: JudgedBundle, measurements: Sequence[Measurement]) -> Iterator[Finding]:
    target = bundle.target
    for case, measurement in zip(bundle.cases, measurements, strict=True):
        for limit in target.limits:
            why = unknown_of(measurement, limit.metric, target.deployment) if limit.metric in ADD_UP else ""
            if why:
                yield Finding("error", "error", f"{case.id}: {limit.name}: {why}")


def _of_cases(bundle: JudgedBundle, measurements: Sequence[Measurement]) -> Iterator[Finding]:
    """What was not counted, or not all of it, in one of the cases."""
    for case, measurement in zip(bundle.cases, measurements, strict=True):
        for finding in judge(case, measurement).findings:
            if finding.status in ("empty", "incomplete"):
                yield replace(finding, text=f"{case.id}: {finding.text}")


def _refused(bundle: JudgedBundle, measurements: Sequence[Measurement]) -> Iterator[tuple[Finding, Place]]:
    """What the target does not take of a case."""
    for case, measurement in zip(bundle.cases, measurements, strict=True):
        for why, place in beside_limits(measurement, bundle.target):
            if bundle.level != "off":
                yield Finding("exceeded", bundle.level, f"{case.id}: {why}"), place


def _on_checks(checks: Sequence[Check], level: Level) -> Iterator[Finding]:
    for check in checks:
        if level != "off" and not check.kept:
            status: Status = "exceeded" if check.limit.relation == "<=" else "differs"
            yield Finding(status, level, wording.missed(check))


def _part(case: str, measurement: Measurement, metric: str, bundle: JudgedBundle) -> _Part:
    deployment = bundle.target.deployment
    value = METRICS[metric].value(measurement, deployment)
    if metric not in IN_RAM or bundle.arena == "separate":
        return _Part(case, 0, value)
    placed = value if metric == "peak_activation_bytes" else plan(measurement, deployment).placed_bytes
    return _Part(case, placed, value - placed)


def _total(parts: Sequence[_Part]) -> int:
    return max(part.common for part in parts) + sum(part.own for part in parts)


def _shares(parts: Sequence[_Part], check: Check) -> Iterator[Share]:
    for part in parts:
        others = [each for each in parts if each is not part]
        without = max(each.common for each in others) + sum(each.own for each in others)
        over = check.measured - check.limit.value
        # Without it altogether, what is left must be within the limit.
        can = over > 0 and without <= check.limit.value
        yield Share(part.case, part.value, over if can else None)


def _peaks(
    bundle: JudgedBundle,
    measurements: Sequence[Measurement],
    checks: Sequence[Check],
    shares: Mapping[str, tuple[Share, ...]],
) -> dict[str, Peak]:
    """Where most memory is in use in those cases that have to lose some, by their ids."""
    over = [check.limit.metric for check in checks if check.limit.metric in IN_RAM and not check.kept]
    of_ram = [share for metric in over for share in shares[metric]]
    asked = {share.case for share in of_ram if share.to_lose} or {share.case for share in of_ram}
    cases = [(case.id, each) for case, each in zip(bundle.cases, measurements, strict=True) if case.id in asked]
    return {case: peak_of(measurement, bundle.target.deployment) for case, measurement in cases}


def _assumed(metric: str, bundle: JudgedBundle) -> str:
    told = in_short(metric, bundle.target.deployment)
    arena: Mapping[Arena, str] = {"shared": "one shared arena", "separate": "separate arenas"}
    return f"{told}, {arena[bundle.arena]}" if metric in IN_RAM else told
