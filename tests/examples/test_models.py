"""The examples' networks, counted by the engine: exact integers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from nets.resnet import ResNet50
from nets.small_cnn import SmallCNN
from nets.steps import Stack
from nets.unet import UNet
from nets.vgg import VGG16
from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend, Mode
from pytest_flopbudget.declare.cases import Case, Table
from pytest_flopbudget.declare.config import read_table
from pytest_flopbudget.engine import measure

EXAMPLES = Path(__file__).parents[2] / "examples"
BACKENDS: tuple[Backend, Backend] = ("shapes", "execute")

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


# The smallest point of every model that is quickly executed; the others follow below, on smaller images.
SMALLEST = (
    "convolution::R64",
    "separable::R64",
    "mobilenet_v1::R128",
    "mobilenet_v1_quarter::R128",
    "mobilenet_v2::R96",
    "unet::H128-W128",
    "unet_bilinear::default",
    "small_cnn::R64",
)


# The head of VGG-16 fits its own image size alone, so its features stand for it.
LARGE: dict[str, Callable[[], nn.Module]] = {"vgg16": lambda: VGG16().features, "resnet50": ResNet50}


def test_every_model_is_compared() -> None:
    assert {*LARGE, *(name.partition("::")[0] for name in SMALLEST)} == {name.partition("::")[0] for name in EXPECTED}


@pytest.mark.parametrize("mode", ["inference", "training"])
@pytest.mark.parametrize("build", LARGE.values(), ids=LARGE)
def test_both_ways_agree_on_large_models(build: Callable[[], nn.Module], mode: Mode) -> None:
    model = build()
    on_shapes, executed = (count(model, (2, 3, 32, 32), backend=backend, mode=mode) for backend in BACKENDS)

    assert on_shapes.by_phase() == executed.by_phase()
    assert on_shapes.by_module() == executed.by_module()
    assert (on_shapes.activations, on_shapes.total_flops) == (executed.activations, executed.total_flops)
    assert on_shapes.macs == executed.macs > 0


@pytest.mark.parametrize("mode", ["inference", "training"])
@pytest.mark.parametrize("name", SMALLEST)
def test_both_ways_agree(name: str, mode: Mode) -> None:
    asked = replace(case(name), mode=mode)
    on_shapes, executed = (measure(replace(asked, backend=backend), table()) for backend in BACKENDS)

    assert (on_shapes.traced, executed.traced) == ("shapes", "executed")
    assert on_shapes.by_phase() == executed.by_phase()
    assert on_shapes.by_module() == executed.by_module()
    assert (on_shapes.activations, on_shapes.total_flops) == (executed.activations, executed.total_flops)
    assert on_shapes.uncounted == executed.uncounted == {}
    assert on_shapes.by_phase()["forward"].macs == EXPECTED[name][0]


NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "resnet": (ResNet50, (2, 3, 64, 64)),
    "unet": (UNet, (2, 3, 64, 64)),
    "small cnn": (SmallCNN, (2, 3, 64, 64)),
    "stack": (lambda: Stack(32, 3), (4, 16, 32)),
}


@pytest.mark.parametrize(("build", "shape"), NETWORKS.values(), ids=NETWORKS)
def test_torchs_own_counter_agrees_on_a_step(build: Callable[[], nn.Module], shape: tuple[int, ...]) -> None:
    """It counts the gradients of grouped convolutions too high, so there are none here."""
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        build().train()(torch.empty(shape)).sum().backward()

    assert count(build(), shape, mode="training").flops == counter.get_total_flops()


def test_each_stage_of_the_unet_has_its_cost() -> None:
    costs = measure(case("unet_bilinear::default"), table()).by_module()

    stages = ("down1", "down2", "down3", "bottom", "up3", "up2", "up1", "head")
    assert [name for name in costs if name and "." not in name and costs[name].macs] == list(stages)
    assert costs["up1.up"].macs == 128 * 128 * 32 * 16
    assert sum(costs[name].macs for name in stages) == costs[""].macs == unet_macs(128 * 128)
