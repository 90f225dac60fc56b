"""Metrics: named functions of a measurement and a deployment. A new metric is one function here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.measurement import THOP_KNOWS, Backend, Measurement
from pytest_flopbudget.counting.memory import planning, traffic, weights
from pytest_flopbudget.errors import FlopBudgetError

_NO_RUN = "no number of steps is declared: write mode = 'training' and repeat = 30_000 in the model"
_NO_ARTIFACT = "no built file is declared: write artifact = 'build/net.tflite' in the model"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric.

    Args:
        name: Its name, which is the key of a limit on it.
        unit: Its unit as it is written and printed.
        value: Its function; :data:`AS_IT_IS` is the deployment where none is declared.
        remark: What stands behind a count where the unit alone does not say which operations are meant.
        needs: The keys of a deployment without which it has no value.
        is_of_memory: Whether it is one of bytes, which only the forward of a model has.
    """

    name: str
    unit: str
    value: Callable[[Measurement, Deployment], int]
    remark: str = ""
    needs: tuple[str, ...] = ()
    is_of_memory: bool = False


def mac_rate(measurement: Measurement, deployment: Deployment) -> int:
    """Multiply–accumulates a second, in MAC/s: ``macs`` × ``inferences_per_second``, rounded up.

    Raises:
        FlopBudgetError: The deployment does not say how often the model runs.
    """
    _refuse_without(deployment, "mac_rate", "inferences_per_second")
    return math.ceil(measurement.macs * (deployment.inferences_per_second or 0))


def latency_us(measurement: Measurement, deployment: Deployment) -> int:
    """An estimate of one forward's time, in µs: ``macs`` × ``cycles_per_mac`` / ``clock_hz``, rounded up.

    Cycles a MAC differ by layer, library and memory: of published figures on one board the largest is 6.8 times the
    smallest.

    Raises:
        FlopBudgetError: The deployment does not say the clock, or the cycles.
    """
    _refuse_without(deployment, "latency_us", "clock_hz", "cycles_per_mac")
    return math.ceil(measurement.macs * (deployment.cycles_per_mac or 0) * 10**6 / (deployment.clock_hz or 1))


def artifact_bytes(measurement: Measurement, _: Deployment) -> int:
    """The size of the file that was built from the model, in bytes.

    Raises:
        FlopBudgetError: No file is declared.
    """
    if measurement.artifact_bytes is None:
        raise FlopBudgetError(f"artifact_bytes: {_NO_ARTIFACT}")
    return measurement.artifact_bytes


def run_flops(measurement: Measurement, _: Deployment) -> int:
    """The cost of a whole training, in FLOPs (2 × MACs): that of one step × ``repeat``.

    Raises:
        FlopBudgetError: It is not declared how many steps there are.
    """
    if measurement.repeat is None:
        raise FlopBudgetError(f"run_flops: {_NO_RUN}")
    return measurement.flops * measurement.repeat


def _refuse_without(deployment: Deployment, metric: str, *needs: str) -> None:
    if missing := [name for name in needs if not getattr(deployment, name)]:
        raise FlopBudgetError(f"{metric}: needs {' and '.join(missing)} of a target")


def _of_memory(name: str, value: Callable[[Measurement, Deployment], int], remark: str) -> Metric:
    return Metric(name, "B", value, f" ({remark})", is_of_memory=True)


METRICS = {
    metric.name: metric
    for metric in (
        Metric("macs", "MAC", lambda measurement, _: measurement.macs),
        Metric("flops", "FLOP", lambda measurement, _: measurement.flops, " (2 × MACs)"),
        Metric("total_flops", "FLOP", lambda measurement, _: measurement.total_flops, " (total)"),
        Metric("params", "param", lambda measurement, _: measurement.params),
        Metric("activations", "element", lambda measurement, _: measurement.activations),
        _of_memory("weight_bytes", weights.weight_bytes, "weights"),
        _of_memory("peak_activation_bytes", planning.peak_activation_bytes, "peak activations"),
        _of_memory("arena_bytes", planning.arena_bytes, "arena"),
        _of_memory("largest_tensor_bytes", planning.largest_tensor_bytes, "largest tensor"),
        _of_memory("io_bytes", traffic.io_bytes, "inputs and outputs"),
        _of_memory("traffic_bytes", traffic.traffic_bytes, "traffic"),
        Metric("run_flops", "FLOP", run_flops, " (2 × MACs, whole run)"),
        Metric("artifact_bytes", "B", artifact_bytes, " (artifact)"),
        Metric("mac_rate", "MAC/s", mac_rate, needs=("inferences_per_second",)),
        Metric("latency_us", "µs", latency_us, " (an estimate)", needs=("clock_hz", "cycles_per_mac")),
    )
}

# What every measurement of ours has, whatever the model is deployed on; limits on modules are on these.
COUNTS = ("macs", "flops", "total_flops", "params", "activations")

_KNOWN_TO_THOP = ("macs", "params")


def known_to(backend: Backend) -> Mapping[str, Metric]:
    """The metrics that a backend knows: all of them, or of thop's the two that it tells."""
    return {name: METRICS[name] for name in _KNOWN_TO_THOP} if backend == "thop" else METRICS


def unknown_to(backend: Backend, metric: str) -> str:
    """Why a backend cannot tell a metric; empty where it can."""
    if metric in known_to(backend):
        return ""
    return f"{THOP_KNOWS}: limit those, or let another backend count"


def unknown_of(measurement: Measurement, metric: str, deployment: Deployment = AS_IT_IS) -> str:
    """Why a measurement has no value of a metric on a deployment; empty where it has one."""
    if why := unknown_to(measurement.backend, metric):
        return why
    if METRICS[metric].is_of_memory and (why := measurement.without_memory):
        return why
    if metric == "run_flops" and measurement.repeat is None:
        return _NO_RUN
    if metric == "artifact_bytes" and measurement.artifact_bytes is None:
        return _NO_ARTIFACT
    missing = [name for name in METRICS[metric].needs if not getattr(deployment, name)]
    return f"needs {' and '.join(missing)} of a target" if missing else ""
