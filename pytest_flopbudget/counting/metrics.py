"""Metrics: named functions of a measurement. A new metric is one function here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_flopbudget.counting.measurement import Measurement


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's name, its unit as it is written and printed, and its function."""

    name: str
    unit: str
    value: Callable[[Measurement], int]


METRICS = {
    metric.name: metric
    for metric in (
        Metric("macs", "MAC", lambda measurement: measurement.macs),
        Metric("flops", "FLOP", lambda measurement: measurement.flops),
        Metric("params", "param", lambda measurement: measurement.params),
        Metric("activations", "element", lambda measurement: measurement.activations),
    )
}
