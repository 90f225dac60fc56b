"""From a measurement and its limits to a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from pytest_flopbudget.count.measurement import Measurement
from pytest_flopbudget.count.metrics import METRICS
from pytest_flopbudget.count.operators import OperatorCall, TensorSpec
from pytest_flopbudget.errors import FlopBudgetError, Place
from pytest_flopbudget.judge import wording
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Level, ModuleRow, Status, UncountedOperator, Verdict

# Exceeded stands before incomplete: what is over its limit already, no further operator brings below it.
_WEIGHT: tuple[Status, ...] = ("empty", "exceeded", "incomplete", "differs", "near")


class Judged(Protocol):
    """What judging asks of a case, wherever the case was written."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def model(self) -> str: ...  # noqa: D102
    @property
    def point(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def place(self) -> Place: ...  # noqa: D102
    @property
    def limits(self) -> tuple[Limit, ...]: ...  # noqa: D102
    @property
    def level(self) -> Level: ...  # noqa: D102
    @property
    def uncounted(self) -> Level: ...  # noqa: D102
    @property
    def allow_zero(self) -> bool: ...  # noqa: D102
    @property
    def warn_at(self) -> Fraction | None: ...  # noqa: D102
    @property
    def reason(self) -> str | None: ...  # noqa: D102
    @property
    def skip(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that speaks against a case, and whether it fails or warns."""

    status: Status
    level: Level
    text: str


def judge(case: Judged, measurement: Measurement) -> Verdict:
    """Judge what was counted for a case by its limits.

    Args:
        case: The case; ``level`` touches its limits only, ``uncounted`` its uncounted operators only.
        measurement: What was counted for it.
    """
    checks = tuple(Check(limit, METRICS[limit.metric].value(measurement)) for limit in case.limits)
    uncounted = uncounted_operators(measurement)
    findings = sorted(
        (*_on_counting(case, measurement, uncounted), *_on_limits(case, checks)),
        key=lambda finding: (finding.level != "error", _WEIGHT.index(finding.status)),
    )
    return Verdict(
        case=case.id,
        model=case.model,
        place=case.place,
        point=case.point,
        status=findings[0].status if findings else "unjudged" if case.level == "off" else "kept",
        reasons=tuple(finding.text for finding in findings),
        statuses=tuple(finding.status for finding in findings),
        checks=checks,
        metrics={name: metric.value(measurement) for name, metric in METRICS.items()},
        uncounted=uncounted,
        modules=module_rows(measurement),
        reason=case.reason,
        backend=measurement.backend,
        traced=measurement.traced,
        built=measurement.built,
        level=case.level,
        fails=any(finding.level == "error" for finding in findings),
        warns=any(finding.level == "warn" for finding in findings),
    )


def broken(case: Judged, error: FlopBudgetError) -> Verdict:
    """The verdict on a case that cannot be measured: the error's first line, and the others as details."""
    headline, *details = str(error).splitlines() or [type(error).__name__]
    return Verdict(
        case=case.id,
        model=case.model,
        place=case.place,
        point=case.point,
        status="error",
        reasons=(headline,),
        statuses=("error",),
        details=tuple(details),
        reason=case.reason,
        level=case.level,
        fails=True,
    )


def skipped(case: Judged) -> Verdict:
    """The verdict on a case that is not to be run; its reason is the declaration's ``skip``."""
    return Verdict(
        case=case.id,
        model=case.model,
        place=case.place,
        point=case.point,
        status="skipped",
        reasons=(case.skip,) if case.skip else (),
        statuses=("skipped",) if case.skip else (),
        reason=case.reason,
        level=case.level,
    )


def uncounted_operators(measurement: Measurement) -> tuple[UncountedOperator, ...]:
    """The uncounted calls by operator and module, in the order of their first call."""
    first = {call.operator: call for call, cost in reversed(measurement.calls) if cost is None}
    return tuple(
        UncountedOperator(operator, module, calls, _tensors(first[operator]), _outputs(first[operator]))
        for (operator, module), calls in measurement.uncounted.items()
    )


def _tensors(call: OperatorCall) -> tuple[str, ...]:
    return tuple(name for name, value in call.arguments.items() if isinstance(value, TensorSpec))


def _outputs(call: OperatorCall) -> int:
    return len(call.out) if isinstance(call.out, tuple) else 1


def module_rows(measurement: Measurement) -> tuple[ModuleRow, ...]:
    """A row a module, in the order of the model's tree."""
    calls = {module.path: module.calls for module in measurement.modules}
    params = measurement.params_by_module()
    return tuple(
        ModuleRow(path, calls.get(path, 0), cost.macs, cost.other_flops, params.get(path, 0))
        for path, cost in measurement.by_module().items()
    )


def _on_counting(case: Judged, measurement: Measurement, uncounted: tuple[UncountedOperator, ...]) -> Iterator[Finding]:
    if measurement.macs == 0 and not case.allow_zero:
        yield Finding("empty", "error", wording.empty(uncounted))
    if uncounted and case.uncounted != "off":
        yield Finding("incomplete", case.uncounted, wording.incomplete(uncounted))


def _on_limits(case: Judged, checks: tuple[Check, ...]) -> Iterator[Finding]:
    if case.level == "off":
        return
    for check in checks:
        if not check.kept and check.limit.relation == "<=":
            yield Finding("exceeded", case.level, wording.over(check))
        elif not check.kept:
            yield Finding("differs", case.level, wording.unequal(check))
        elif _near(check, case.warn_at):
            yield Finding("near", "warn", wording.close(check))


def _near(check: Check, warn_at: Fraction | None) -> bool:
    limit = check.limit
    if warn_at is None or limit.relation != "<=" or not limit.value:
        return False
    return check.measured >= warn_at * limit.value
