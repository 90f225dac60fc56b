"""The examples' networks, counted by the engine: exact integers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.engine import measure

EXAMPLES = Path(__file__).parents[2] / "examples"

# The small networks' counts, from their shapes.
SMALL_CONVOLUTIONS_AT_64 = 64 * 64 * 32 * 3 * 9 + 32 * 32 * 64 * 32 * 9
SMALL_HEAD = 64 * 8 * 8 * 10
SMALL_PARAMS = 32 * 3 * 9 + 32 + 64 * 32 * 9 + 64 + SMALL_HEAD + 10


def unet_macs(positions: int) -> int:
    """Of the U-Net with a width of 16, for an input of that many positions."""
    down = positions * 9 * (3 * 16 + 16 * 16)
    down += positions // 4 * 9 * (16 * 32 + 32 * 32)
    down += positions // 16 * 9 * (32 * 64 + 64 * 64)
    bottom = positions // 64 * 9 * (64 * 128 + 128 * 128)
    up = positions // 16 * (128 * 64 + 9 * (128 * 64 + 64 * 64))
    up += positions // 4 * (64 * 32 + 9 * (64 * 32 + 32 * 32))
    up += positions * (32 * 16 + 9 * (32 * 16 + 16 * 16))
    return down + bottom + up + positions * 16 * 2


# Convolution kernels without bias, batch norm's weight and bias, and the head with its bias; without the upsampling.
UNET_STAGES = ((3, 16), (16, 32), (32, 64), (64, 128), (128, 64), (64, 32), (32, 16))
UNET_PARAMS = sum(9 * (before + width) * width + 2 * 2 * width for before, width in UNET_STAGES) + 16 * 2 + 2
UNET_UP_BIASES = 64 + 32 + 16
UNET_UP_PAIRS = 128 * 64 + 64 * 32 + 32 * 16

EXPECTED = {
    "convolution::R64": (64 * 64 * 64 * 3 * 9, 64 * 3 * 9 + 64),
    "convolution::R128": (128 * 128 * 64 * 3 * 9, 64 * 3 * 9 + 64),
    "separable::R64": (64 * 64 * (3 * 9 + 3 * 64), 3 * 9 + 3 + 3 * 64 + 64),
    "separable::R128": (128 * 128 * (3 * 9 + 3 * 64), 3 * 9 + 3 + 3 * 64 + 64),
    "vgg16::default": (15_470_264_320, 138_357_544),
    "resnet50::R224": (4_089_184_256, 25_557_032),
    "resnet50::R512": (21_355_249_664, 25_557_032),
    "mobilenet_v1::R224": (568_740_352, 4_231_976),
    "mobilenet_v1::R192": (418_121_728, 4_231_976),
    "mobilenet_v1::R160": (290_675_200, 4_231_976),
    "mobilenet_v1::R128": (186_400_768, 4_231_976),
    "mobilenet_v1_quarter::R224": (41_030_272, 470_072),
    "mobilenet_v1_quarter::R192": (30_212_608, 470_072),
    "mobilenet_v1_quarter::R160": (21_059_200, 470_072),
    "mobilenet_v1_quarter::R128": (13_570_048, 470_072),
    "mobilenet_v2::R224": (300_774_272, 3_504_872),
    "mobilenet_v2::R192": (221_316_608, 3_504_872),
    "mobilenet_v2::R160": (154_083_200, 3_504_872),
    "mobilenet_v2::R128": (99_074_048, 3_504_872),
    "mobilenet_v2::R96": (56_289_152, 3_504_872),
    "unet::H128-W128": (unet_macs(128 * 128), UNET_PARAMS + 4 * UNET_UP_PAIRS + UNET_UP_BIASES),
    "unet::H128-W256": (unet_macs(128 * 256), UNET_PARAMS + 4 * UNET_UP_PAIRS + UNET_UP_BIASES),
    "unet_bilinear::default": (unet_macs(128 * 128), UNET_PARAMS + UNET_UP_PAIRS + UNET_UP_BIASES),
    "small_cnn::R64": (SMALL_CONVOLUTIONS_AT_64 + SMALL_HEAD, SMALL_PARAMS),
    "small_cnn::R128": (4 * SMALL_CONVOLUTIONS_AT_64 + SMALL_HEAD, SMALL_PARAMS),
}


@cache
def table() -> Table:
    read = read_table(EXAMPLES / "pyproject.toml")
    assert read
    return read


def case(name: str) -> Case:
    return next(case for case in table().cases if case.id == name)


def test_every_declared_case_is_expected() -> None:
    assert [case.id for case in table().cases] == list(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_macs_and_params(name: str) -> None:
    measurement = measure(case(name), table())

    assert (measurement.macs, measurement.params) == EXPECTED[name]
    assert measurement.uncounted == {}
    assert (measurement.traced, measurement.built) == ("shapes", "meta")


def test_each_stage_of_the_unet_has_its_cost() -> None:
    costs = measure(case("unet_bilinear::default"), table()).by_module()

    stages = ("down1", "down2", "down3", "bottom", "up3", "up2", "up1", "head")
    assert [name for name in costs if name and "." not in name and costs[name].macs] == list(stages)
    assert costs["up1.up"].macs == 128 * 128 * 32 * 16
    assert sum(costs[name].macs for name in stages) == costs[""].macs == unet_macs(128 * 128)
