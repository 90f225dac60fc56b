"""Metrics: by name, from a measurement."""

from __future__ import annotations

from pytest_flopbudget.counting.measurement import Measurement, ModuleNode
from pytest_flopbudget.counting.metrics import METRICS, known_to, unknown_to
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


def test_what_thop_knows() -> None:
    assert list(known_to("thop")) == ["macs", "params"]
    assert known_to("auto") == known_to("execute") == METRICS
    assert [unknown_to("thop", name) for name in known_to("thop")] == ["", ""]
    assert unknown_to("shapes", "activations") == ""
    assert unknown_to("thop", "activations") == (
        "thop knows macs and params only: limit those, or let another backend count"
    )
