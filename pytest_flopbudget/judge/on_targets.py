"""A measurement on the targets of its case: the metrics by each one's deployment, and what limits do not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.actions import Action
from pytest_flopbudget.counting.memory.planning import plan
from pytest_flopbudget.counting.metrics import METRICS, unknown_of
from pytest_flopbudget.counting.needed import names_of, needed_steps
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.assumptions import assumptions
from pytest_flopbudget.judge.targets import AllowedOperators, Target
from pytest_flopbudget.quantities import format_quantity

_MOST_NAMED = 3
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


def beside_the_peak(measurement: Measurement, target: Target) -> Iterator[str]:
    """A line on what a forward keeps between its calls, where RAM is held against the peak of activations alone."""
    limited = any(limit.is_derived and limit.metric == "peak_activation_bytes" for limit in target.limits)
    if limited and not measurement.without_memory and (state := plan(measurement, target.deployment).state):
        size = format_quantity(sum(each for _, each in state), "B")
        names = ", ".join(name for name, _ in state[:_MOST_NAMED]) + (", …" if len(state) > _MOST_NAMED else "")
        yield f"{target.name}: {size} more are kept between calls, in {names}: limit arena_bytes to count them"


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
