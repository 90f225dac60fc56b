"""Quantized layers, their weights from the packed parameters."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X, OUT = T((2, 8), "quint8"), T((2, 4), "quint8")
FLOATS, FLOATS_OUT = T((2, 8)), T((2, 4))
PACKED = (T((4, 8), "qint8"), T((4,)))
WITHOUT_BIAS = (T((4, 8), "qint8"), None)
MACS = 2 * 4 * 8
REQUANTISE = 1 + 1 + 1 + 2  # the scales, round, add the zero point, two comparisons
# Least and greatest, scale and zero point, then 5 an element of the input.
DYNAMIC = 2 * 15 + 7 + 5 * 16
PICTURE, FILTERED = T((1, 4, 5, 5), "quint8"), T((1, 6, 3, 3), "quint8")
KERNEL = (T((6, 2, 3, 3), "qint8"), T((6,)))  # two groups
CONV = 54 * 2 * 9
SPREAD = (T((4, 3, 2, 2), "qint8"), None)  # two groups of 2 to 3 channels
TRANSPOSED = 100 * 3 * 4

ROWS = [
    # operator, arguments, out, MACs, other FLOPs
    ("quantized::linear", {"X": X, "W_prepack": PACKED}, OUT, MACS, (REQUANTISE + 1) * 8),
    ("quantized::linear", {"X": X, "W_prepack": WITHOUT_BIAS}, OUT, MACS, REQUANTISE * 8),
    ("quantized::linear_relu", {"X": X, "W_prepack": PACKED}, OUT, MACS, (REQUANTISE + 1) * 8),
    ("quantized::linear_leaky_relu", {"X": X, "W_prepack": PACKED}, OUT, MACS, (REQUANTISE + 1 + 2) * 8),
    ("quantized::linear_tanh", {"X": X, "W_prepack": PACKED}, OUT, MACS, (REQUANTISE + 1 + 1) * 8),
    ("quantized::linear_dynamic", {"X": FLOATS, "W_prepack": PACKED}, FLOATS_OUT, MACS, DYNAMIC + (1 + 1) * 8),
    (
        "quantized::linear_relu_dynamic",
        {"X": FLOATS, "W_prepack": WITHOUT_BIAS},
        FLOATS_OUT,
        MACS,
        DYNAMIC + (1 + 1) * 8,
    ),
    ("quantized::linear_dynamic_fp16", {"X": FLOATS, "W_prepack": PACKED}, FLOATS_OUT, MACS, 8),
    ("quantized::linear_relu_dynamic_fp16", {"X": FLOATS, "W_prepack": PACKED}, FLOATS_OUT, MACS, 2 * 8),
    ("quantized::linear_dynamic_fp16_unpacked_weight", {"X": FLOATS, "bias": None}, FLOATS_OUT, MACS, 0),
    ("fbgemm_linear_fp16_weight_fp32_activation", {"input": FLOATS, "bias": T((4,))}, FLOATS_OUT, MACS, 8),
    ("_wrapped_quantized_linear_prepacked", {"input": FLOATS}, FLOATS_OUT, MACS, 5 * 16 + (1 + 5 + 2) * 8),
    ("_quantized::_wrapped_quantized_linear_prepacked", {"X": FLOATS}, FLOATS_OUT, MACS, 5 * 16 + 8 * 8),
    ("quantized::conv2d", {"packed_weight": KERNEL}, FILTERED, CONV, (REQUANTISE + 1) * 54),
    ("quantized::conv2d", {"weight": KERNEL}, FILTERED, CONV, (REQUANTISE + 1) * 54),
    ("quantized::conv2d_relu", {"packed_weight": KERNEL}, FILTERED, CONV, (REQUANTISE + 1) * 54),
    ("quantized::conv2d_add_relu", {"packed_weight": KERNEL}, FILTERED, CONV, (REQUANTISE + 1 + 2) * 54),
    ("_quantized::conv2d", {"packed_weight": KERNEL}, FILTERED, CONV, (REQUANTISE + 1) * 54),
    (
        "quantized::conv1d",
        {"packed_weight": (T((6, 2, 1, 3), "qint8"), None)},
        T((1, 6, 7), "quint8"),
        42 * 2 * 3,
        REQUANTISE * 42,
    ),
    (
        "quantized::conv2d_dynamic",
        {"qx": T((1, 4, 5, 5)), "packed_weight": KERNEL},
        T((1, 6, 3, 3)),
        CONV,
        2 * 99 + 7 + 5 * 100 + (1 + 1) * 54,
    ),
    (
        "quantized::conv_transpose2d",
        {"qx": PICTURE, "packed_weight": SPREAD},
        T((1, 6, 10, 10), "quint8"),
        TRANSPOSED,
        REQUANTISE * 600,
    ),
    (
        "quantized::conv_transpose2d_dynamic",
        {"qx": T((1, 4, 5, 5)), "packed_weight": SPREAD},
        T((1, 6, 10, 10)),
        TRANSPOSED,
        2 * 99 + 7 + 5 * 100 + 600,
    ),
    ("quantized::linear_prepack", {"W": T((4, 8), "qint8")}, "packed", 0, 0),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), ROWS)
def test_quantized(operator: str, arguments: Mapping[str, object], out: object, macs: int, other_flops: int) -> None:
    name = operator if "::" in operator else f"aten::{operator}"
    assert FORMULAS.cost(OperatorCall(name, "", arguments, out)) == Cost(macs, other_flops)
