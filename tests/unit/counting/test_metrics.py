"""Metrics: by name, from a measurement and a deployment."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pytest_flopbudget.counting.boundary import Boundary
from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.measurement import Measurement, ModuleNode
from pytest_flopbudget.counting.metrics import COUNTS, METRICS, known_to, latency_us, mac_rate, unknown_of, unknown_to
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
from pytest_flopbudget.errors import FlopBudgetError

CALL = OperatorCall("aten::conv2d", "", {}, TensorSpec((2, 3)))
MEASUREMENT = Measurement(calls=((CALL, Cost(100, 7)),), modules=(ModuleNode("", params=30),))
TIMED = Deployment(inferences_per_second=Fraction(5, 2), clock_hz=Fraction(80_000_000), cycles_per_mac=Fraction(9, 2))


def test_counts_and_units() -> None:
    told = {name: (METRICS[name].unit, METRICS[name].value(MEASUREMENT, AS_IT_IS)) for name in COUNTS}
    assert told == {
        "macs": ("MAC", 100),
        "flops": ("FLOP", 200),
        "total_flops": ("FLOP", 207),
        "params": ("param", 30),
        "activations": ("element", 6),
    }


def test_the_other_metrics_units() -> None:
    assert {name: metric.unit for name, metric in METRICS.items() if name not in COUNTS} == {
        "weight_bytes": "B",
        "peak_activation_bytes": "B",
        "arena_bytes": "B",
        "largest_tensor_bytes": "B",
        "io_bytes": "B",
        "traffic_bytes": "B",
        "run_flops": "FLOP",
        "artifact_bytes": "B",
        "mac_rate": "MAC/s",
        "latency_us": "µs",
    }
    assert all(metric.name == name for name, metric in METRICS.items())


def test_a_whole_run() -> None:
    step = replace(MEASUREMENT, mode="training")
    assert METRICS["run_flops"].value(replace(step, repeat=30_000), AS_IT_IS) == 2 * 100 * 30_000
    assert unknown_of(replace(step, repeat=30_000), "run_flops") == ""
    why = "no number of steps is declared: write mode = 'training' and repeat = 30_000 in the model"
    assert unknown_of(step, "run_flops") == why
    with pytest.raises(FlopBudgetError) as error:
        METRICS["run_flops"].value(step, AS_IT_IS)
    assert str(error.value) == f"run_flops: {why}"


def test_a_built_file() -> None:
    assert METRICS["artifact_bytes"].value(replace(MEASUREMENT, artifact_bytes=640), AS_IT_IS) == 640
    why = unknown_of(MEASUREMENT, "artifact_bytes")
    assert why == "no built file is declared: write artifact = 'build/net.tflite' in the model"
    with pytest.raises(FlopBudgetError) as error:
        METRICS["artifact_bytes"].value(MEASUREMENT, AS_IT_IS)
    assert str(error.value) == f"artifact_bytes: {why}"


def test_rates_and_times() -> None:
    assert mac_rate(MEASUREMENT, TIMED) == 100 * 5 / 2
    # 100 * 4.5 cycles at 80 MHz are 5.625 µs.
    assert latency_us(MEASUREMENT, TIMED) == 6


@pytest.mark.parametrize(
    ("metric", "deployment", "why"),
    [
        ("mac_rate", AS_IT_IS, "mac_rate: needs inferences_per_second of a target"),
        ("latency_us", AS_IT_IS, "latency_us: needs clock_hz and cycles_per_mac of a target"),
        ("latency_us", replace(TIMED, clock_hz=None), "latency_us: needs clock_hz of a target"),
    ],
)
def test_what_a_deployment_does_not_say(metric: str, deployment: Deployment, why: str) -> None:
    with pytest.raises(FlopBudgetError) as raised:
        METRICS[metric].value(MEASUREMENT, deployment)
    assert str(raised.value) == why
    assert f"{metric}: {unknown_of(MEASUREMENT, metric, deployment)}" == why


BACKWARD = replace(CALL, phase="backward")


@pytest.mark.parametrize(
    ("measurement", "why"),
    [
        (MEASUREMENT, "memory is told of a model's forward, not of a region"),
        (
            replace(MEASUREMENT, backend="thop"),
            "thop knows macs and params only: limit those, or let another backend count",
        ),
        (replace(MEASUREMENT, mode="training"), "the memory of a step of training is not told: count the forward"),
        (replace(MEASUREMENT, calls=((BACKWARD, None),)), "the memory of a forward that differentiates is not told"),
        (replace(MEASUREMENT, boundary=Boundary()), ""),
    ],
)
def test_what_has_no_memory(measurement: Measurement, why: str) -> None:
    assert {unknown_of(measurement, metric.name) for metric in METRICS.values() if metric.is_of_memory} == {why}
    assert unknown_of(measurement, "macs") == ""


@pytest.mark.parametrize("metric", [name for name, metric in METRICS.items() if metric.is_of_memory])
def test_what_has_no_memory_is_refused(metric: str) -> None:
    with pytest.raises(FlopBudgetError) as raised:
        METRICS[metric].value(MEASUREMENT, AS_IT_IS)
    assert str(raised.value) == "memory is told of a model's forward, not of a region"


def test_what_thop_knows() -> None:
    assert list(known_to("thop")) == ["macs", "params"]
    assert known_to("auto") == known_to("execute") == METRICS
    assert [unknown_to("thop", name) for name in known_to("thop")] == ["", ""]
    assert unknown_to("shapes", "activations") == ""
    assert unknown_to("thop", "activations") == (
        "thop knows macs and params only: limit those, or let another backend count"
    )
