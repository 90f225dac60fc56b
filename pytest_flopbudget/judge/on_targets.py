"""A measurement on the targets of its case: the metrics by each one's deployment, and what limits do not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.metrics import METRICS, unknown_of
from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec, specs_in
from pytest_flopbudget.counting.tflite import same_in_tflite
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.assumptions import assumptions
from pytest_flopbudget.judge.targets import AllowedOperators, Target

# What every target's account tells, limited or not.
_TOLD = ("weight_bytes", "peak_activation_bytes", "arena_bytes", "mac_rate", "latency_us")


@dataclass(frozen=True, slots=True)
class Account:
    """What a case comes to on a target: metrics by its deployment, and every assumption behind them."""

    metrics: Mapping[str, int]
    assumptions: Mapping[str, str]


def deployments(targets: Sequence[Target]) -> dict[str, Deployment]:
    """The deployment of each target by its name; that of the case itself is ``""``."""
    return {"": AS_IT_IS, **{target.name: target.deployment for target in targets}}


def account(measurement: Measurement, target: Target) -> Account:
    """What a measurement comes to on a target, as far as it can be told."""
    wanted = {*_TOLD, *(limit.metric for limit in target.limits)}
    known = [name for name in METRICS if name in wanted and not unknown_of(measurement, name, target.deployment)]
    metrics = {name: METRICS[name].value(measurement, target.deployment) for name in known}
    return Account(metrics, assumptions(target.deployment))


def beside_limits(measurement: Measurement, target: Target) -> Iterator[tuple[str, Place]]:
    """What a target does not take, each as a reason and its place: a larger batch, operators that it does not know."""
    batch, most = _batch(measurement), target.max_batch
    if batch is not None and most is not None and batch > most.value:
        yield f"batch {batch:,} > {most.value:,}, over the declared budget of {target.name}", most.place
    if target.allowed is not None and (calls := _not_allowed(measurement, target.allowed, target.deployment)):
        modules = list(dict.fromkeys(call.module for call in calls))
        names = list(dict.fromkeys(call.operator for call in calls))
        where = f" in {modules[0]}" if len(modules) == 1 and modules[0] else ""
        are = f"{names[0]}{where} is" if len(names) == 1 else f"{len(names)} operators are"
        which = f": {', '.join(names)}" if len(names) > 1 else ""
        yield f"{are} not among the allowed operators of {target.name}{which}", target.allowed.place


def _batch(measurement: Measurement) -> int | None:
    """The first size of the first input that has one."""
    inputs = measurement.boundary.inputs if measurement.boundary else ()
    return next((spec.shape[0] for spec in inputs if spec.shape), None)


def _not_allowed(measurement: Measurement, allowed: AllowedOperators, deployment: Deployment) -> list[OperatorCall]:
    names = set(allowed.names)
    needed = (call for call, _ in measurement.calls if _runs(call))
    return [call for call in needed if names.isdisjoint((call.operator, *same_in_tflite(call)))]


def _runs(call: OperatorCall) -> bool:
    """Whether a device has anything to do for a call: a view has the very bytes that it is a view of."""
    given = {spec.storage for spec in _inputs(call)}
    return bool(call.writes) or any(spec.storage not in given for spec in call.outputs)


def _inputs(call: OperatorCall) -> Iterator[TensorSpec]:
    for value in call.arguments.values():
        yield from specs_in(value)
