"""Quantized operators without weights: dequantised 2 an input's element, quantised 5 an output's."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X = T((2, 3), "quint8")
PICTURE, POOLED = T((1, 2, 4, 4), "quint8"), T((1, 2, 2, 2), "quint8")
SCALE = T((2,))
BOTH = 2 + 5

ROWS = [
    # operator, arguments, out, MACs, other FLOPs
    ("quantized::add", {"qa": X, "qb": X}, X, 0, (2 + 2 + 1 + 5) * 6),
    ("quantized::add", {"qa": X, "b": 2.0}, X, 0, (2 + 1 + 5) * 6),
    ("quantized::mul_relu", {"qa": X, "qb": T((3,), "quint8")}, X, 0, 2 * 6 + 2 * 3 + (1 + 5) * 6),
    ("_quantized::add", {"qa": X, "qb": X}, X, 0, (2 + 2 + 1 + 5) * 6),
    ("quantized::add_scalar", {"qa": X}, X, 0, (2 + 1 + 5) * 6),
    ("quantized::cat", {"qx": (X, X)}, T((4, 3), "quint8"), 0, BOTH * 12),
    ("quantized::matmul", {"qa": X}, T((2, 4), "quint8"), 2 * 3 * 4, 5 * 8),
    ("quantized::clamp", {"qx": X}, X, 0, 2 * 6),
    ("quantized::relu6", {"qx": X}, X, 0, 2 * 6),
    ("quantized::threshold", {"qx": X}, X, 0, 6),
    ("quantized::leaky_relu", {"qx": X}, X, 0, (2 + BOTH) * 6),
    ("quantized::prelu", {"qx": X}, X, 0, (2 + BOTH) * 6),
    ("quantized::sigmoid", {"qx": X}, X, 0, (4 + BOTH) * 6),
    ("quantized::hardswish", {"input": X}, X, 0, (5 + BOTH) * 6),
    ("quantized::elu", {"self": X, "scale": 1, "input_scale": 1}, X, 0, (3 + BOTH) * 6),
    ("quantized::celu", {"self": X}, X, 0, (4 + BOTH) * 6),
    ("quantized::softmax", {"qx": X, "dim": 1}, X, 0, 2 * (5 * 3 - 2) + BOTH * 6),
    # Subtract and multiply, weight and bias; a channel's reciprocal deviation.
    ("quantized::batch_norm2d", {"qx": PICTURE, "weight": SCALE, "bias": SCALE}, PICTURE, 0, (4 + BOTH) * 32 + 3 * 2),
    ("quantized::batch_norm2d_relu", {"qx": PICTURE}, PICTURE, 0, (2 + BOTH) * 32 + 3 * 2),
    ("quantized_batch_norm", {"input": PICTURE}, PICTURE, 0, (2 + BOTH) * 32 + 3 * 2),
    ("quantized::layer_norm", {"input": X, "normalized_shape": (3,)}, X, 0, (4 + 2 + BOTH) * 6 + 3 * 2),
    ("quantized::group_norm", {"input": PICTURE, "num_groups": 2}, PICTURE, 0, (4 + 2 + BOTH) * 32 + 3 * 2),
    ("quantized::instance_norm", {"input": PICTURE}, PICTURE, 0, (4 + 2 + BOTH) * 32 + 3 * 2),
    ("quantized::max_pool1d", {"kernel_size": (2,)}, T((1, 2, 2), "quint8"), 0, (2 - 1) * 4),
    ("quantized::max_pool2d", {"kernel_size": (2, 2)}, POOLED, 0, (4 - 1) * 8),
    ("quantized_max_pool3d", {"kernel_size": (2, 2, 2)}, T((1, 1, 2, 2, 2), "quint8"), 0, (8 - 1) * 8),
    ("quantized::dropout", {"self": X}, X, 0, 0),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), ROWS)
def test_quantized_elements(
    operator: str, arguments: Mapping[str, object], out: object, macs: int, other_flops: int
) -> None:
    name = operator if "::" in operator else f"aten::{operator}"
    assert FORMULAS.cost(OperatorCall(name, "", arguments, out)) == Cost(macs, other_flops)
