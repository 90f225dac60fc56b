"""Metrics: by name, from a measurement."""

from __future__ import annotations

from pytest_flopbudget.counting.measurement import Measurement, ModuleNode
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec


def test_values_and_units() -> None:
    call = OperatorCall("aten::conv2d", "", {}, TensorSpec((2, 3)))
    measurement = Measurement(calls=((call, Cost(100, 7)),), modules=(ModuleNode("", params=30),))
    told = {name: (metric.name, metric.unit, metric.value(measurement)) for name, metric in METRICS.items()}
    assert told == {
        "macs": ("macs", "MAC", 100),
        "flops": ("flops", "FLOP", 200),
        "total_flops": ("total_flops", "FLOP", 207),
        "params": ("params", "param", 30),
        "activations": ("activations", "element", 6),
    }
