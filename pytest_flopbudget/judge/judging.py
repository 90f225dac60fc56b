"""From a measurement and its limits to a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Protocol

from pytest_flopbudget.counting.artifact import Artifact, as_built
from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.measurement import Backend, Measurement, Mode, activations_of
from pytest_flopbudget.counting.metrics import COUNTS, known_to, unknown_of
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.paths import ancestors
from pytest_flopbudget.errors import FlopBudgetError, Place
from pytest_flopbudget.judge import wording
from pytest_flopbudget.judge.artifacts import checks_of, not_taken, on_counting
from pytest_flopbudget.judge.checking import checks, unmatched, why_unknown, without_macs
from pytest_flopbudget.judge.drawing import Drawing, drawing_of
from pytest_flopbudget.judge.drift import drift
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.memory import Peak, peak_of
from pytest_flopbudget.judge.naming import dearest_operators
from pytest_flopbudget.judge.on_targets import account, beside_limits, deployments, idle_types, limits_on
from pytest_flopbudget.judge.sizes import sizes
from pytest_flopbudget.judge.targets import IN_RAM, Target
from pytest_flopbudget.judge.uncounted import uncounted_operators
from pytest_flopbudget.judge.verdicts import (
    Check,
    Finding,
    Kind,
    Level,
    ModuleRow,
    Status,
    Verdict,
    weightiest_first,
)


class Judged(Protocol):
    """What judging asks of a case, wherever the case was written."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> Kind: ...  # noqa: D102
    @property
    def model(self) -> str: ...  # noqa: D102
    @property
    def point(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def place(self) -> Place: ...  # noqa: D102
    @property
    def limits(self) -> tuple[Limit, ...]: ...  # noqa: D102
    @property
    def targets(self) -> tuple[Target, ...]: ...  # noqa: D102
    @property
    def mode(self) -> Mode: ...  # noqa: D102
    @property
    def backend(self) -> Backend: ...  # noqa: D102
    @property
    def level(self) -> Level: ...  # noqa: D102
    @property
    def until(self) -> date | None: ...  # noqa: D102
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


def judge(
    case: Judged,
    measurement: Measurement,
    others: Mapping[str, Measurement] = {},
    artifact: Artifact | None = None,
) -> Verdict:
    """Judge what was counted for a case by its limits.

    Args:
        case: The case; ``level`` touches its limits only, ``uncounted`` its uncounted operators only.
        measurement: What was counted for it.
        others: What was counted for every declared model that a limit of the case refers to, by that reference.
        artifact: What was built from the model, and is held to the same limits; None where nothing is declared.
    """
    verdict, lost = _checked(case, measurement, others, artifact)
    # Where nothing at all was counted, that is what there is to say.
    hollow = [] if case.allow_zero or not verdict.metrics["macs"] else list(without_macs(case.limits, verdict))
    refused = list(_refused(case, measurement, artifact))
    findings = (
        *(Finding("error", "error", why) for why, _ in lost),
        *(Finding("empty", "error", why) for why, _ in hollow),
        *_on_counting(case, verdict, artifact),
        *_on_others(case, others),
        *_on_limits(case, verdict),
        *(Finding("exceeded", case.level, why) for why, _ in refused),
    )
    places = (
        *(place for _, place in lost),
        *(f"the pattern stands at {place}" for _, place in hollow),
        *(f"what it allows stands at {place}" for _, place in refused),
    )
    return replace(verdict, findings=weightiest_first(findings), details=tuple(dict.fromkeys(places)))


def _checked(
    case: Judged, measurement: Measurement, others: Mapping[str, Measurement], artifact: Artifact | None
) -> tuple[Verdict, list[tuple[str, str]]]:
    """Every limit against its count; those for which there is none, each as why and where it stands."""
    verdict, on = _counted(case, measurement, artifact), deployments(case.targets)
    limits = (*case.limits, *(limit for target in case.targets for limit in limits_on(target, measurement)))
    untold = {limit: why for limit in limits if (why := why_unknown(limit, measurement, others, on))}
    told = [limit for limit in limits if limit not in untold]
    of_model = tuple(replace(each, near=_near(each, case)) for each in checks(told, verdict, others, on))
    judged = (*of_model, *(checks_of(artifact, of_model, on) if artifact is not None else ()))
    verdict = replace(
        verdict,
        checks=judged,
        peaks=_peaks(judged, measurement, artifact, on),
        plans=_plans(judged, measurement, on),
        sizes=sizes(judged, measurement, on),
    )
    lost = [(why, f"the limit stands at {limit.place}") for limit, why in untold.items()]
    lost += [(why, f"the pattern stands at {place}") for why, place in unmatched(case.limits, verdict)]
    return verdict, lost


def _counted(case: Judged, measurement: Measurement, artifact: Artifact | None) -> Verdict:
    """What was counted for a case, before any limit is looked at."""
    apart = () if artifact is None else tuple(drift(measurement, artifact, case.targets))
    idle = (line for target in case.targets for line in idle_types(measurement, target))
    return replace(
        _unjudged(case),
        metrics=_metrics(case, measurement),
        uncounted=uncounted_operators(measurement),
        modules=module_rows(measurement),
        traced=measurement.traced,
        built=measurement.built,
        mode=measurement.mode,
        data_dependent=measurement.data_dependent,
        notes=(*measurement.notes, *wording.phases(measurement), *wording.run(measurement), *idle, *apart),
        targets={target.name: account(measurement, target) for target in case.targets},
    )


def _metrics(case: Judged, measurement: Measurement) -> dict[str, int]:
    """What was counted, what a whole run comes to, and each other metric that the case limits, as the model is."""
    wanted = {*COUNTS, "run_flops", *(limit.metric for limit in case.limits)}
    known = {name: metric for name, metric in known_to(measurement.backend).items() if name in wanted}
    return {
        name: metric.value(measurement, AS_IT_IS) for name, metric in known.items() if not unknown_of(measurement, name)
    }


def _peaks(
    judged: Sequence[Check], measurement: Measurement, artifact: Artifact | None, on: Mapping[str, Deployment]
) -> dict[str, Peak]:
    """Where most memory is in use, on each target whose RAM is exceeded, and in the file that exceeds it."""
    built = None if artifact is None else artifact.measurement
    peaks: dict[str, Peak] = {}
    for check in judged:
        if check.kept or check.limit.metric not in IN_RAM or check.on in peaks:
            continue
        deployment = on[check.limit.target]
        if check.artifact and built is not None:
            peaks[check.on] = peak_of(built, as_built(deployment))
        else:
            peaks[check.on] = peak_of(measurement, deployment)
    return peaks


def _plans(judged: Sequence[Check], measurement: Measurement, on: Mapping[str, Deployment]) -> dict[str, Drawing]:
    """The plan of memory on each target whose RAM is limited; where none is, nothing is planned for its sake."""
    limited = dict.fromkeys(each.limit.target for each in judged if each.limit.metric in IN_RAM)
    return {target: drawing_of(measurement, on[target]) for target in limited}


def broken(case: Judged, error: FlopBudgetError) -> Verdict:
    """The verdict on a case that cannot be measured: the error's first line, and the others as details."""
    headline, *details = str(error).splitlines() or [type(error).__name__]
    return replace(_unjudged(case), findings=(Finding("error", "error", headline),), details=tuple(details))


def skipped(case: Judged) -> Verdict:
    """The verdict on a case that is not to be run; its reason is the declaration's ``skip``."""
    return replace(_unjudged(case), findings=(Finding("skipped", "off", case.skip or "skipped"),))


def _unjudged(case: Judged) -> Verdict:
    """What is known of a case before anything is measured."""
    return Verdict(
        case=case.id,
        kind=case.kind,
        model=case.model,
        place=case.place,
        point=case.point,
        reason=case.reason,
        mode=case.mode,
        backend=case.backend,
        level=case.level,
        until="" if case.until is None else case.until.isoformat(),
    )


def module_rows(measurement: Measurement) -> tuple[ModuleRow, ...]:
    """A row a module, in the order of the model's tree."""
    calls = {module.path: module.calls for module in measurement.modules}
    params = measurement.params_by_module()
    activations, operators = _activations_by_module(measurement), dearest_operators(measurement)
    return tuple(
        ModuleRow(
            path=path,
            calls=calls.get(path, 0),
            macs=cost.macs,
            other_flops=cost.other_flops,
            params=params.get(path, 0),
            activations=activations[path],
            operator=operators.get(path, ""),
        )
        for path, cost in measurement.by_module().items()
    )


def _activations_by_module(measurement: Measurement) -> Counter[str]:
    """The activations of each module and all below it, in elements; thop tells none."""
    if measurement.backend == "thop":
        return Counter()
    own: dict[str, list[tuple[OperatorCall, Cost | None]]] = {}
    for call, cost in measurement.calls:
        own.setdefault(call.module, []).append((call, cost))
    totals: Counter[str] = Counter()
    for path, calls in own.items():
        totals.update(dict.fromkeys(ancestors(path), activations_of(calls)))
    return totals


def _on_counting(case: Judged, verdict: Verdict, artifact: Artifact | None) -> Iterator[Finding]:
    if verdict.metrics["macs"] == 0 and not case.allow_zero:
        yield Finding("empty", "error", wording.empty(case.kind, verdict.uncounted))
    elif verdict.uncounted and case.uncounted != "off":
        yield Finding("incomplete", case.uncounted, wording.incomplete(verdict.uncounted))
    yield from on_counting(case, artifact)


def _on_others(case: Judged, others: Mapping[str, Measurement]) -> Iterator[Finding]:
    """A share of what is not all counted is too low a limit."""
    for name, measurement in others.items():
        if measurement.uncounted and case.uncounted != "off":
            text = wording.incomplete(uncounted_operators(measurement))
            yield Finding("incomplete", case.uncounted, f"in {name}, which a limit is a share of: {text}")


def _on_limits(case: Judged, verdict: Verdict) -> Iterator[Finding]:
    if case.level == "off":
        return
    for check in verdict.checks:
        if not check.kept:
            status: Status = "exceeded" if check.limit.relation == "<=" else "differs"
            yield Finding(status, case.level, wording.missed(check))
        elif check.near:
            yield Finding("near", "warn", wording.close(check))


def _refused(case: Judged, measurement: Measurement, artifact: Artifact | None) -> Iterator[tuple[str, Place]]:
    """What the case's targets do not take, each as a reason and its place."""
    for target in case.targets if case.level != "off" else ():
        yield from beside_limits(measurement, target)
        if artifact is not None:
            yield from not_taken(artifact, target)


def _near(check: Check, case: Judged) -> bool:
    limit = check.limit
    if case.level == "off" or case.warn_at is None or limit.relation != "<=" or not limit.value:
        return False
    return check.kept and check.measured >= case.warn_at * limit.value
