"""Products with packed weights."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X, OUT, BIAS = T((2, 8)), T((2, 4)), T((4,))
MACS = 2 * 8 * 4
HALF = {"mat1": T((2, 4))}  # 8 elements a row, half of them left out

ROWS = [
    # operator, arguments, out, MACs, other FLOPs
    ("_weight_int8pack_mm", {"self": X}, OUT, MACS, 8),
    ("_weight_int4pack_mm", {"self": X}, OUT, MACS, 2 * 8 * 4),
    ("_weight_int4pack_mm_for_cpu", {"self": T((3, 8))}, T((3, 4)), 3 * 8 * 4, 2 * 8 * 4),
    (
        "_dyn_quant_matmul_4bit",
        {"inp": X, "block_size": 4, "in_features": 8},
        OUT,
        MACS,
        2 * 15 + 7 + 5 * 16 + 2 * 2 * 8,
    ),
    ("_mixed_dtypes_linear", {"input": X, "bias": BIAS}, OUT, MACS, 8 + 8),
    ("_mixed_dtypes_linear", {"input": X, "activation": "relu"}, OUT, MACS, 8 + 8),
    ("_mixed_dtypes_linear", {"input": X, "activation": "silu"}, OUT, MACS, 8 + 5 * 8),
    ("_mixed_dtypes_linear", {"input": X, "activation": "none"}, OUT, MACS, 8),
    ("_sparse_semi_structured_mm", HALF, OUT, MACS // 2, 0),
    ("_sparse_semi_structured_addmm", {**HALF, "alpha": 2, "beta": 1}, OUT, MACS // 2, 8 + 8),
    ("_sparse_semi_structured_linear", {"weight": T((4, 4)), "bias": BIAS}, OUT, MACS // 2, 8),
    ("_cslt_sparse_mm", {"dense_B": T((8, 4)), "bias": BIAS, "alpha": T(())}, OUT, MACS // 2, 8 + 8),
    ("_sparse_addmm", {"mat1": X, "beta": 0}, OUT, MACS, 0),
    ("sparse_sampled_addmm", {"mat1": X}, OUT, MACS, 8),
    ("_sparse_sparse_matmul", {"self": X}, OUT, MACS, 0),
    ("sparse_sampled_addmm", {"mat1": T((2, 8), "complex64")}, T((2, 4), "complex64"), 4 * MACS, 2 * 8),
    ("_sparse_sparse_matmul", {"self": T((2, 8), "complex64")}, T((2, 4), "complex64"), 4 * MACS, 0),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), ROWS)
def test_packed_matmul(
    operator: str, arguments: Mapping[str, object], out: object, macs: int, other_flops: int
) -> None:
    name = operator if "::" in operator else f"aten::{operator}"
    assert FORMULAS.cost(OperatorCall(name, "", arguments, out)) == Cost(macs, other_flops)
