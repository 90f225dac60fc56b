"""Metrics: named functions of a measurement. A new metric is one function here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_flopbudget.counting.measurement import Measurement


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
