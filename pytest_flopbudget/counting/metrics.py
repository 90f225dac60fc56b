"""Metrics: named functions of a measurement. A new metric is one function here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pytest_flopbudget.counting.measurement import THOP_KNOWS, Backend, Measurement


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric.

    Args:
        name: Its name, which is the key of a limit on it.
        unit: Its unit as it is written and printed.
        value: Its function.
        remark: What stands behind a count where the unit alone does not say which operations are meant.
    """

    name: str
    unit: str
    value: Callable[[Measurement], int]
    remark: str = ""


METRICS = {
    metric.name: metric
    for metric in (
        Metric("macs", "MAC", lambda measurement: measurement.macs),
        Metric("flops", "FLOP", lambda measurement: measurement.flops, " (2 × MACs)"),
        Metric("total_flops", "FLOP", lambda measurement: measurement.total_flops, " (total)"),
        Metric("params", "param", lambda measurement: measurement.params),
        Metric("activations", "element", lambda measurement: measurement.activations),
    )
}

_KNOWN_TO_THOP = ("macs", "params")


def known_to(backend: Backend) -> Mapping[str, Metric]:
    """The metrics that a backend knows: all of them, or of thop's the two that it tells."""
    return {name: METRICS[name] for name in _KNOWN_TO_THOP} if backend == "thop" else METRICS


def unknown_to(backend: Backend, metric: str) -> str:
    """Why a backend cannot tell a metric; empty where it can."""
    if metric in known_to(backend):
        return ""
    return f"{THOP_KNOWS}: limit those, or let another backend count"
