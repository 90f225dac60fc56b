"""Matrix products that carry more with them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

FUSED = [
    # 4 experts of the same 2 rows each; 8 rows shared out; columns shared out; sums shared out
    ("_grouped_mm", {"self": T((4, 2, 3)), "mat2": T((4, 3, 5))}, T((4, 2, 5)), 4 * 2 * 3 * 5, 0),
    ("_grouped_mm", {"self": T((8, 3)), "mat2": T((4, 3, 5))}, T((8, 5)), 8 * 3 * 5, 0),
    ("_grouped_mm", {"self": T((4, 2, 3)), "mat2": T((3, 20))}, T((2, 20)), 2 * 3 * 20, 0),
    ("_grouped_mm", {"self": T((2, 12)), "mat2": T((12, 5))}, T((4, 2, 5)), 2 * 12 * 5, 0),
    ("_scaled_mm", {"self": T((2, 3)), "mat2": T((3, 5)), "bias": T((5,))}, T((2, 5)), 2 * 3 * 5, (2 + 1) * 10),
    # scales in one level, and in two
    ("_scaled_mm_v2", {"self": T((2, 3)), "scale_a": (T(()),)}, T((2, 5)), 2 * 3 * 5, 2 * 10),
    ("_scaled_mm_v2", {"self": T((2, 3)), "scale_a": (T(()), T(())), "bias": T((5,))}, T((2, 5)), 30, (4 + 1) * 10),
    ("_scaled_grouped_mm", {"self": T((8, 3)), "mat2": T((4, 3, 5))}, T((8, 5)), 8 * 3 * 5, 2 * 40),
    ("_scaled_grouped_mm_v2", {"self": T((4, 2, 3)), "mat2": T((4, 3, 5))}, T((4, 2, 5)), 4 * 2 * 3 * 5, 2 * 40),
    # numbers of 4 bits, two an element: 12 are summed, not 6
    (
        "_scaled_mm",
        {"self": T((2, 6), "float4_e2m1fn_x2"), "mat2": T((6, 5), "float4_e2m1fn_x2")},
        T((2, 5)),
        2 * 12 * 5,
        2 * 10,
    ),
    ("_scaled_mm_v2", {"self": T((2, 6), "float4_e2m1fn_x2"), "scale_a": (T(()),)}, T((2, 5)), 2 * 12 * 5, 2 * 10),
    (
        "_scaled_grouped_mm_v2",
        {"self": T((8, 6), "float4_e2m1fn_x2"), "mat2": T((4, 6, 5), "float4_e2m1fn_x2")},
        T((8, 5)),
        8 * 12 * 5,
        2 * 40,
    ),
    # the bias, and relu 1 or gelu by tanh 9
    ("_addmm_activation", {"self": T((5,)), "mat1": T((2, 3)), "mat2": T((3, 5))}, T((2, 5)), 2 * 3 * 5, (1 + 1) * 10),
    ("_addmm_activation", {"mat1": T((2, 3)), "use_gelu": True}, T((2, 5)), 2 * 3 * 5, (1 + 9) * 10),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), FUSED)
def test_fused(operator: str, arguments: Mapping[str, object], out: T, macs: int, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, out)) == Cost(macs, other_flops)
