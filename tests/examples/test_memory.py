"""Bytes of the examples' networks: published numbers, and numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nets.mobilenet_v1 import MobileNetV1
from nets.mobilenet_v2 import MobileNetV2
from pytest_flopbudget import count
from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.planning import arena_bytes, largest_tensor_bytes, peak_activation_bytes, plan
from pytest_flopbudget.counting.memory.traffic import io_bytes
from pytest_flopbudget.counting.memory.weights import weight_bytes
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.engine import measure

EXAMPLES = Path(__file__).parents[2] / "examples"
INT8 = Deployment(
    weight_dtype="int8", activation_dtype="int8", bias_dtype="int32", fusion="conv-bn-act", planner="tflm-greedy"
)


@pytest.fixture(scope="module")
def mobilenet() -> Measurement:
    return count(MobileNetV2(), "1x3x224x224")


# Of MobileNetV2 at 224: its second block widens 16 channels of 112x112 to 96, and then takes every other position.
NARROW, WIDE, HALVED = 16 * 112 * 112, 96 * 112 * 112, 96 * 56 * 56
PADDED = 96 * 114 * 114

OF_MOBILENET = {
    "int8, fused": (INT8, WIDE + HALVED),
    "int8, norms folded, activations in place anyway": (replace(INT8, fusion="conv-bn"), WIDE + HALVED),
    "int8, nothing fused": (replace(INT8, fusion="none"), WIDE + WIDE),
    # MCUNetV2, figure 1, prints 1372 kB, which are KiB.
    "int8, depthwise in place": (replace(INT8, inplace=("depthwise",)), 1372 * 1024),
    # The planned head of a file that was converted from PyTorch is 63 % above the peak without padding.
    "int8, padding as copies": (replace(INT8, explicit_padding=True), WIDE + PADDED),
    "float32": (replace(AS_IT_IS, fusion="conv-bn-act"), 4 * (WIDE + HALVED)),
    "as it is": (AS_IT_IS, 4 * (WIDE + WIDE)),
}


@pytest.mark.parametrize(("deployment", "peak"), OF_MOBILENET.values(), ids=OF_MOBILENET)
def test_mobilenet_v2(mobilenet: Measurement, deployment: Deployment, peak: int) -> None:
    assert peak_activation_bytes(mobilenet, deployment) == peak


def test_mobilenet_v2_s_peaks_are_the_published_ones() -> None:
    assert (WIDE + HALVED, NARROW + WIDE, WIDE + WIDE) == (1_505_280, 1_404_928, 2_408_448)
    assert NARROW + WIDE == 1372 * 1024
    assert (WIDE + PADDED) * 100 // (WIDE + HALVED) == 162


def test_where_mobilenet_v2_has_its_peak(mobilenet: Measurement) -> None:
    planned = plan(mobilenet, INT8)
    step = planned.steps[planned.peak_step]
    assert (step.operator, step.module) == ("aten::conv2d", "blocks.1.layers.depthwise.conv")
    assert [(buffer.shape, buffer.module, buffer.bytes) for buffer in planned.alive()] == [
        ((1, 96, 112, 112), "blocks.1.layers.expand.conv", WIDE),
        ((1, 96, 56, 56), "blocks.1.layers.depthwise.conv", HALVED),
    ]
    assert largest_tensor_bytes(mobilenet, INT8) == WIDE


# "Weights Flash" of the STM32 model zoo, X-CUBE-AI 10, in KiB as printed.
ST = [(MobileNetV1(0.25), "467.33"), (MobileNetV1(), "4157.09"), (MobileNetV2(), "3458.97")]


@pytest.mark.parametrize(("model", "kib"), ST, ids=[kib for _, kib in ST])
def test_weights_are_st_s_to_the_printed_digit(model: MobileNetV1 | MobileNetV2, kib: str) -> None:
    assert f"{weight_bytes(count(model, '1x3x224x224'), INT8) / 1024:.2f}" == kib


def test_weights_of_mobilenet_v2(mobilenet: Measurement) -> None:
    # 17,056 channels have a norm: weight, bias, mean and variance each, and 52 norms count batches. A folded one leaves
    # a bias.
    channels, norms, head = 17_056, 52, 1280 * 1000 + 1000
    kernels = 3_504_872 - 2 * channels - head
    assert weight_bytes(mobilenet, AS_IT_IS) == 4 * (kernels + 4 * channels + head) + 8 * norms
    assert weight_bytes(mobilenet, INT8) == kernels + 4 * channels + 1280 * 1000 + 4 * 1000


def test_visual_wake_words() -> None:
    """MobileNetV1 with a quarter of the channels and two classes, as in MLPerf Tiny."""
    measurement = count(MobileNetV1(0.25, num_classes=2), "1x3x96x96")
    assert (measurement.macs, measurement.params) == (7_489_664, 213_586)
    assert weight_bytes(measurement, INT8) == 219_064
    # 8 channels of 48x48 become 16 of them: 18,432 + 36,864; the planner leaves a hole of as much as the smaller.
    assert peak_activation_bytes(measurement, INT8) == (8 + 16) * 48 * 48 == 55_296
    assert arena_bytes(measurement, INT8) == 73_728
    assert arena_bytes(measurement, replace(INT8, planner="liveness")) == 55_296
    # The input as floats and as integers: 4 + 1 bytes an element.
    floats = replace(INT8, io_dtype="float32")
    assert peak_activation_bytes(measurement, floats) == (4 + 1) * 3 * 96 * 96 == 138_240
    assert (io_bytes(measurement, INT8), io_bytes(measurement, floats)) == (3 * 96 * 96 + 2, 4 * (3 * 96 * 96 + 2))


# MobileNetV2's width 0.35 is not among the examples; its full width scales with the positions.
@pytest.mark.parametrize(("size", "peak"), [(224, 1_505_280), (192, 1_105_920), (96, 276_480)])
def test_peaks_scale_with_the_positions(size: int, peak: int) -> None:
    assert peak_activation_bytes(count(MobileNetV2(), f"1x3x{size}x{size}"), INT8) == peak
    assert peak == 1_505_280 * size * size // 224**2


TABLES = [EXAMPLES / "pyproject.toml", EXAMPLES / "microcontroller" / "pyproject.toml"]
CASES = {
    f"{path.parent.name}-{case.id}": (case, table)
    for path in TABLES
    if (table := read_table(path))
    for case in table.cases
}
SHARED = [AS_IT_IS, INT8, replace(INT8, inplace=("depthwise",), explicit_padding=True, io_dtype="float32")]


@pytest.mark.parametrize("name", CASES)
def test_shapes_and_execution_tell_the_same_bytes(name: str) -> None:
    case, table = CASES[name]
    on_shapes, executed = (measure(replace(case, backend=backend), table) for backend in ("shapes", "execute"))
    assert (on_shapes.traced, executed.traced) == ("shapes", "executed")
    for deployment in SHARED:
        assert plan(on_shapes, deployment) == plan(executed, deployment)
        assert weight_bytes(on_shapes, deployment) == weight_bytes(executed, deployment)
