from __future__ import annotations

from fractions import Fraction

import pytest

from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.judge.assumptions import assumptions, in_short

INT8 = Deployment(weight_dtype="int8", activation_dtype="int8", bias_dtype="int32", fusion="conv-bn-act")
ALL = Deployment(
    weight_dtype="int8",
    weight_dtypes={"head": "float32"},
    activation_dtype="int8",
    io_dtype="float32",
    fusion="conv-bn",
    planner="tflm-greedy",
    inplace=("depthwise",),
    explicit_padding=True,
    arena_overhead=12 * 1024,
    weights_in="ram",
    inferences_per_second=Fraction(5, 2),
    clock_hz=Fraction(480_000_000),
    cycles_per_mac=Fraction(9, 2),
)


@pytest.mark.parametrize(
    ("metric", "deployment", "told"),
    [
        ("macs", ALL, ""),
        ("params", INT8, ""),
        ("weight_bytes", AS_IT_IS, "the model's own types, nothing fused"),
        ("weight_bytes", INT8, "int8, int32 biases, conv-bn-act"),
        ("weight_bytes", ALL, "int8, float32 in head, conv-bn"),
        ("peak_activation_bytes", AS_IT_IS, "liveness, the model's own types, nothing fused"),
        ("peak_activation_bytes", INT8, "liveness, int8, conv-bn-act"),
        (
            "arena_bytes",
            ALL,
            "tflm-greedy, int8, float32 in and out, conv-bn, in-place depthwise, explicit padding",
        ),
        ("io_bytes", INT8, "int8, conv-bn-act"),
        ("mac_rate", ALL, "2.5 inferences a second"),
        ("mac_rate", Deployment(inferences_per_second=Fraction(1)), "1 inference a second"),
        ("latency_us", ALL, "480 MHz, 4.5 cycles a MAC"),
    ],
)
def test_in_short(metric: str, deployment: Deployment, told: str) -> None:
    assert in_short(metric, deployment) == told


def test_every_assumption_is_told_by_its_key() -> None:
    assert assumptions(AS_IT_IS) == {
        "weight_dtype": "the model's own types",
        "bias_dtype": "as the weights",
        "activation_dtype": "the model's own types",
        "io_dtype": "as the activations",
        "fusion": "none",
        "planner": "liveness",
    }
    assert assumptions(ALL) == {
        "weight_dtype": "int8, float32 in head",
        "bias_dtype": "as the weights",
        "activation_dtype": "int8",
        "io_dtype": "float32",
        "fusion": "conv-bn",
        "planner": "tflm-greedy",
        "inplace": "depthwise",
        "explicit_padding": "true",
        "arena_overhead": "12 KiB",
        "weights_in": "ram",
        "inferences_per_second": "2.5",
        "clock_hz": "480000000",
        "cycles_per_mac": "4.5",
    }
