"""Quantising and back, as operators of their own."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X, Q = T((4, 5)), T((4, 5), "quint8")
INTEGERS = T((4, 5), "int8")
ONE, ROWS_OF = T(()), T((4, 1))
THERE = 1 + 1 + 1 + 2  # divide, round, add the zero point, two comparisons
BACK = 1 + 1
PARAMETERS = 2 + 5

ROWS = [
    # operator, arguments, out, MACs, other FLOPs
    ("quantize_per_tensor", {"self": X}, Q, 0, THERE * 20),
    ("quantize_per_tensor", {"tensors": (X, T((3,)))}, (Q, T((3,), "quint8")), 0, THERE * 23),
    ("quantize_per_channel", {"self": X}, Q, 0, THERE * 20),
    ("quantized_decomposed::quantize_per_tensor", {"input": X}, INTEGERS, 0, THERE * 20),
    ("dequantize", {"self": Q}, X, 0, BACK * 20),
    ("dequantize", {"tensors": (Q,)}, (X,), 0, BACK * 20),
    # into tensors that are there, of which nothing is returned
    ("dequantize", {"tensors": (Q,), "out": (X,)}, None, 0, BACK * 20),
    ("quantized_decomposed::dequantize_per_channel", {"input": INTEGERS}, X, 0, BACK * 20),
    ("quantized_decomposed::choose_qparams", {"input": X}, (ONE, ONE), 0, 2 * 19 + PARAMETERS),
    ("quantized_decomposed::choose_qparams_per_token", {"input": X}, (ROWS_OF, ROWS_OF), 0, 2 * 16 + 4 * PARAMETERS),
    ("quantize_per_tensor_dynamic", {"self": X}, Q, 0, 2 * 19 + PARAMETERS + THERE * 20),
    ("fbgemm_linear_quantize_weight", {"input": X}, (Q, ONE, 1.0, 0), 0, 2 * 19 + PARAMETERS + THERE * 20),
    ("fake_quantize_per_tensor_affine_cachemask", {"self": X}, (X, X), 0, (THERE + BACK) * 20),
    ("fake_quantize_per_channel_affine_cachemask", {"self": X}, (X, X), 0, (THERE + BACK) * 20),
    ("_fake_quantize_learnable_per_tensor_affine", {"self": X}, X, 0, (THERE + BACK) * 20),
    ("quantized_decomposed::fake_quant_per_channel", {"input": X}, X, 0, (THERE + BACK) * 20),
    (
        "_fused_moving_avg_obs_fq_helper",
        {"self": X, "scale": ONE, "ch_axis": -1},
        (X, X),
        0,
        2 * 19 + PARAMETERS + 2 * 3 + (THERE + BACK) * 20,
    ),
    (
        "_fused_moving_avg_obs_fq_helper",
        {"self": X, "scale": ONE, "ch_axis": 0, "per_row_fake_quant": True},
        (X, X),
        0,
        2 * 16 + 4 * PARAMETERS + 4 * 2 * 3 + (THERE + BACK) * 20,
    ),
    ("_fake_quantize_learnable_per_tensor_affine_backward", {"grad": X}, (X, ONE, ONE), 0, (THERE + 1 + 4 + 3) * 20),
    ("choose_qparams_optimized", {"numel": 20, "n_bins": 200, "ratio": 0.16}, (ONE, ONE), 0, 32 * 2 * (7 + 3) * 20),
    ("_saturate_weight_to_fp16", {"weight": X}, X, 0, 2 * 20),
    ("int_repr", {"self": Q}, INTEGERS, 0, 0),
    ("q_scale", {"self": Q}, 0.1, 0, 0),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), ROWS)
def test_quantisation(operator: str, arguments: Mapping[str, object], out: object, macs: int, other_flops: int) -> None:
    name = operator if "::" in operator else f"aten::{operator}"
    assert FORMULAS.cost(OperatorCall(name, "", arguments, out)) == Cost(macs, other_flops)
