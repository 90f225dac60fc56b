"""The models of MLPerf Tiny on a device: bytes worked out by hand, held against what the targets' deployment tells."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.declaring.finding import find_case, find_target
from pytest_flopbudget.engine import measure

EXAMPLES = Path(__file__).parents[2] / "examples" / "microcontroller"


class OnDevice(NamedTuple):
    """A case at 8 bits: MACs, parameters, and bytes of weights, of activations at the peak, and of the arena."""

    macs: int
    params: int
    weights: int
    peak: int
    arena: int


# The rows of VWW and KWS are those of mlcommons/tiny; the arena is what TFLite Micro's interpreter allocates for its
# head. The others are worked out here: a weight is a byte, a bias four, and every batch norm is folded.
RESNET8_MACS = (
    32 * 32 * 16 * 3 * 9
    + 2 * 32 * 32 * 16 * 16 * 9
    + 16 * 16 * 32 * (16 * 9 + 32 * 9 + 16)
    + 8 * 8 * 64 * (32 * 9 + 64 * 9 + 32)
    + 64 * 10
)
RESNET8_WEIGHTS = 16 * 3 * 9 + 2 * 16 * 16 * 9 + 32 * (16 * 9 + 32 * 9 + 16) + 64 * (32 * 9 + 64 * 9 + 32) + 64 * 10
# Three of width 16 in the stem and the first block, three each of 32 and 64 with the convolution around the block.
RESNET8_BIASES = 3 * 16 + 3 * 32 + 3 * 64 + 10
RESNET8_NORMS = 3 * 16 + 2 * 32 + 2 * 64
AUTOENCODER_MACS = 640 * 128 + 3 * 128 * 128 + 128 * 8 + 8 * 128 + 3 * 128 * 128 + 128 * 640
AUTOENCODER_HIDDEN = 8 * 128 + 8

EXPECTED = {
    ("vww", "R96"): OnDevice(7_489_664, 213_586, 219_064, 55_296, 73_728),
    ("kws", "default"): OnDevice(2_656_768, 23_756, 24_368, 16_000, 16_000),
    ("resnet8", "default"): OnDevice(
        RESNET8_MACS,
        RESNET8_WEIGHTS + RESNET8_BIASES + 2 * RESNET8_NORMS,
        RESNET8_WEIGHTS + 4 * RESNET8_BIASES,
        # In the first block: what goes around it, what goes into its second convolution, and what comes out.
        3 * 16 * 32 * 32,
        3 * 16 * 32 * 32,
    ),
    ("autoencoder", "default"): OnDevice(
        AUTOENCODER_MACS,
        AUTOENCODER_MACS + AUTOENCODER_HIDDEN + 640 + 2 * AUTOENCODER_HIDDEN,
        AUTOENCODER_MACS + 4 * (AUTOENCODER_HIDDEN + 640),
        # The first layer's input and output, or the last one's.
        640 + 128,
        640 + 128,
    ),
}


@cache
def table() -> Table:
    found = read_table(EXAMPLES / "pyproject.toml")
    assert found is not None
    return found


@cache
def measured(model: str, point: str) -> Measurement:
    return measure(find_case(table(), model, point), table())


@pytest.mark.parametrize(("case", "expected"), EXPECTED.items(), ids=["-".join(case) for case in EXPECTED])
def test_bytes_on_the_sensor(case: tuple[str, str], expected: OnDevice) -> None:
    deployment = find_target(table(), "sensor").deployment
    names = ("macs", "params", "weight_bytes", "peak_activation_bytes", "arena_bytes")
    told = OnDevice(*(METRICS[name].value(measured(*case), deployment) for name in names))
    assert told == expected


# 96: the first pointwise convolution's input and output, 8 * 48 * 48 and 16 * 48 * 48; they grow with the area.
@pytest.mark.parametrize("size", [96, 128, 160])
def test_memory_grows_with_the_area_and_weights_do_not(size: int) -> None:
    deployment = find_target(table(), "camera").deployment
    measurement = measured("vww", f"R{size}")
    half = size // 2
    assert METRICS["peak_activation_bytes"].value(measurement, deployment) == (8 + 16) * half * half
    assert METRICS["weight_bytes"].value(measurement, deployment) == 219_064
