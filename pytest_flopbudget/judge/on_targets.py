"""A measurement on the targets of its case: the metrics by each one's deployment, and what limits do not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.actions import Action
from pytest_flopbudget.counting.memory.planning import plan
from pytest_flopbudget.counting.metrics import METRICS, unknown_of
from pytest_flopbudget.counting.needed import names_of, needed_steps
from pytest_flopbudget.counting.paths import ancestors
from pytest_flopbudget.counting.patterns import matching, no_match
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.assumptions import assumptions
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.targets import AllowedOperators, Target

# What every target's account tells, limited or not.
_ALWAYS = ("weight_bytes", "peak_activation_bytes", "arena_bytes", "mac_rate", "latency_us")


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
    wanted = {*_ALWAYS, *(limit.metric for limit in target.limits)}
    known = [name for name in METRICS if name in wanted and not unknown_of(measurement, name, target.deployment)]
    metrics = {name: METRICS[name].value(measurement, target.deployment) for name in known}
    return Account(metrics, assumptions(target.deployment))


def limits_on(target: Target, *measurements: Measurement) -> tuple[Limit, ...]:
    """The limits of a target as they are on these models together.

    Where RAM limits the peak of activations, and a forward keeps something between its calls beside them, it limits all
    that stays there.
    """
    if not any(map(_is_of_peak, target.limits)):
        return target.limits
    if not any(plan(each, target.deployment).state for each in measurements if not each.without_memory):
        return target.limits
    return tuple(replace(each, metric="arena_bytes") if _is_of_peak(each) else each for each in target.limits)


def _is_of_peak(limit: Limit) -> bool:
    return limit.is_derived and limit.metric == "peak_activation_bytes"


def idle_types(measurement: Measurement, target: Target) -> Iterator[str]:
    """A line on each pattern of a target's ``weight_dtype`` below which the model has no weights.

    It is no mistake, since a target is shared by models; it is told, since flash may hold more than was counted.
    """
    weights = measurement.boundary.weights if measurement.boundary else ()
    held = list(dict.fromkeys(path for weight in weights for path in ancestors(weight.module)))
    for pattern in target.deployment.weight_dtypes:
        if not matching(pattern, held):
            yield f"{target.name}: weight_dtype: of what has weights {no_match(pattern, held)}"


def beside_limits(measurement: Measurement, target: Target) -> Iterator[tuple[str, Place]]:
    """What a target does not take, each as a reason and its place: a larger batch, operators that it does not know."""
    yield from over_batch(measurement, target)
    if target.allowed is not None and (steps := _not_allowed(measurement, target)):
        yield f"{_told(steps, target.allowed)} not among the allowed operators of {target.name}", target.allowed.place


def over_batch(measurement: Measurement, target: Target) -> Iterator[tuple[str, Place]]:
    """A batch that is larger than a target takes, as a reason and its place."""
    batch, most = _batch(measurement), target.max_batch
    if batch is not None and most is not None and batch > most.value:
        yield f"batch {batch:,} > {most.value:,}, over the declared budget of {target.name}", most.place


def _batch(measurement: Measurement) -> int | None:
    """The first size of the first input that has one."""
    inputs = measurement.boundary.inputs if measurement.boundary else ()
    return next((spec.shape[0] for spec in inputs if spec.shape), None)


def _not_allowed(measurement: Measurement, target: Target) -> list[Action]:
    """The steps that a runtime has to carry out and does not know."""
    if target.allowed is None or measurement.without_memory:
        return []
    names = set(target.allowed.names)
    return [step for step in needed_steps(measurement, target.deployment) if names.isdisjoint(names_of(step))]


def _told(steps: Sequence[Action], allowed: AllowedOperators) -> str:
    in_tflite = any("::" not in name for name in allowed.names)
    names = list(dict.fromkeys(_named(step, in_tflite=in_tflite) for step in steps))
    if len(names) > 1:
        return f"{', '.join(names)} are"
    modules = list(dict.fromkeys(step.module for step in steps if step.module))
    more = f" and {len(modules) - 1} more" if len(modules) > 1 else ""
    return f"{names[0]} in {modules[0]}{more} is" if modules else f"{names[0]} is"


def _named(step: Action, *, in_tflite: bool) -> str:
    """A step's operator, and by what other names it could be allowed where the user writes TensorFlow Lite's."""
    others = [name for name in names_of(step) if "::" not in name] if in_tflite else []
    return f"{step.operator} ({' or '.join(others)})" if others else step.operator
