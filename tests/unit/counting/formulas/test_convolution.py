"""Convolutions: MACs from the shapes, and one addition an output element for a bias."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec

CONVOLUTIONS = [
    # operator, input, weight, bias, out, MACs, other FLOPs
    ("conv2d", (1, 3, 64, 64), (64, 3, 3, 3), None, (1, 64, 64, 64), 64 * 64 * 64 * 3 * 3 * 3, 0),
    ("conv2d", (1, 3, 64, 64), (64, 3, 3, 3), (64,), (1, 64, 64, 64), 7_077_888, 64 * 64 * 64),
    ("conv2d", (1, 3, 128, 128), (64, 3, 3, 3), None, (1, 64, 128, 128), 28_311_552, 0),
    # depthwise, then pointwise
    ("conv2d", (1, 3, 64, 64), (3, 1, 3, 3), None, (1, 3, 64, 64), 64 * 64 * 3 * 1 * 3 * 3, 0),
    ("conv2d", (1, 3, 64, 64), (64, 3, 1, 1), None, (1, 64, 64, 64), 64 * 64 * 64 * 3, 0),
    # groups=2, stride 2, dilation 2: the output's shape has it all
    ("conv2d", (2, 4, 9, 9), (6, 2, 3, 3), None, (2, 6, 3, 3), 2 * 3 * 3 * 6 * 2 * 3 * 3, 0),
    # unbatched
    ("conv2d", (3, 8, 8), (4, 3, 3, 3), None, (4, 6, 6), 6 * 6 * 4 * 3 * 3 * 3, 0),
    ("conv1d", (2, 3, 10), (5, 3, 4), (5,), (2, 5, 7), 2 * 7 * 5 * 3 * 4, 2 * 5 * 7),
    ("conv3d", (1, 2, 4, 4, 4), (3, 2, 2, 2, 2), None, (1, 3, 3, 3, 3), 3 * 3 * 3 * 3 * 2 * 2 * 2 * 2, 0),
    # no sample, no channel out
    ("conv2d", (0, 3, 8, 8), (4, 3, 3, 3), (4,), (0, 4, 6, 6), 0, 0),
    # beyond 2 ** 63
    ("conv1d", (1, 1, 2**62), (8, 1, 1), None, (1, 8, 2**62), 8 * 2**62, 0),
]


@pytest.mark.parametrize(("operator", "input", "weight", "bias", "out", "macs", "other_flops"), CONVOLUTIONS)
def test_convolution(
    operator: str,
    input: tuple[int, ...],
    weight: tuple[int, ...],
    bias: tuple[int, ...] | None,
    out: tuple[int, ...],
    macs: int,
    other_flops: int,
) -> None:
    arguments = {
        "input": TensorSpec(input),
        "weight": TensorSpec(weight),
        "bias": TensorSpec(bias) if bias else None,
        "padding": "same",
    }
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, TensorSpec(out))) == Cost(macs, other_flops)


TRANSPOSED = [
    # every input element meets every kernel element of its group
    ("conv_transpose2d", (1, 8, 10, 10), (8, 4, 3, 3), None, (1, 16, 21, 21), 10 * 10 * 3 * 3 * 8 * 16 // 4, 0),
    ("conv_transpose1d", (2, 3, 5), (3, 4, 2), (4,), (2, 4, 10), 2 * 5 * 3 * 4 * 2, 2 * 4 * 10),
    ("conv_transpose3d", (1, 2, 3, 3, 3), (2, 1, 2, 2, 2), None, (1, 1, 4, 4, 4), 3 * 3 * 3 * 2 * 1 * 2 * 2 * 2, 0),
    # unbatched
    ("conv_transpose2d", (8, 10, 10), (8, 4, 3, 3), None, (16, 21, 21), 28_800, 0),
]


@pytest.mark.parametrize(("operator", "input", "weight", "bias", "out", "macs", "other_flops"), TRANSPOSED)
def test_transposed_convolution(
    operator: str,
    input: tuple[int, ...],
    weight: tuple[int, ...],
    bias: tuple[int, ...] | None,
    out: tuple[int, ...],
    macs: int,
    other_flops: int,
) -> None:
    arguments = {
        "input": TensorSpec(input),
        "weight": TensorSpec(weight),
        "bias": TensorSpec(bias) if bias else None,
        "stride": (2, 2),
    }
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, TensorSpec(out))) == Cost(macs, other_flops)


@pytest.mark.parametrize("operator", ["aten::convolution", "aten::_convolution", "aten::convolution_overrideable"])
@pytest.mark.parametrize(
    ("transposed", "weight", "out", "macs"),
    [
        (False, (16, 2, 3, 3), (1, 16, 8, 8), 8 * 8 * 16 * 2 * 3 * 3),
        (True, (8, 4, 3, 3), (1, 16, 21, 21), 10 * 10 * 8 * 4 * 3 * 3),
    ],
)
def test_either(
    operator: str,
    transposed: bool,
    weight: tuple[int, ...],
    out: tuple[int, ...],
    macs: int,
) -> None:
    arguments = {
        "input": TensorSpec((1, 8, 10, 10)),
        "weight": TensorSpec(weight),
        "bias": TensorSpec((16,)),
        "transposed": transposed,
    }
    assert FORMULAS.cost(OperatorCall(operator, "", arguments, TensorSpec(out))) == Cost(macs, TensorSpec(out).numel)


def test_complex_products_are_four_real_ones() -> None:
    arguments = {
        "input": TensorSpec((1, 3, 8, 8), "complex64"),
        "weight": TensorSpec((4, 3, 3, 3), "complex64"),
        "bias": TensorSpec((4,), "complex64"),
    }
    out = TensorSpec((1, 4, 6, 6), "complex64")
    assert FORMULAS.cost(OperatorCall("aten::conv2d", "", arguments, out)) == Cost(
        4 * 6 * 6 * 4 * 3 * 3 * 3, 2 * 6 * 6 * 4
    )


def test_time_batch_channels() -> None:
    arguments = {"self": TensorSpec((10, 2, 3)), "weight": TensorSpec((4, 3, 5)), "bias": TensorSpec((5,)), "pad": 0}
    assert FORMULAS.cost(OperatorCall("aten::conv_tbc", "", arguments, TensorSpec((7, 2, 5)))) == Cost(
        7 * 2 * 5 * 4 * 3, 7 * 2 * 5
    )
