"""Lists of tensors: each costs what it costs alone."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X, Y = T((4, 5)), T((3,))  # 20 and 3 elements
LIST = (X, Y)
ONES = (T(()), T(()))

ROWS = [
    # operator, arguments, out, MACs, other FLOPs
    ("_foreach_mul", {"self": LIST}, LIST, 0, 20 + 3),
    ("_foreach_sqrt_", {"self": LIST}, (), 0, 20 + 3),
    ("_foreach_neg", {"self": ()}, (), 0, 0),
    ("_foreach_add_", {"self": LIST, "alpha": 1}, (), 0, 20 + 3),
    ("_foreach_add", {"self": LIST, "alpha": 2}, LIST, 0, 2 * (20 + 3)),
    ("_foreach_add", {"self": LIST, "scalar": 2}, LIST, 0, 20 + 3),
    ("_foreach_sub", {"self": LIST, "alpha": 1}, LIST, 0, 20 + 3),
    ("_foreach_sub_", {"self": LIST, "alpha": 2}, (), 0, 2 * (20 + 3)),
    ("_foreach_pow", {"self": LIST, "exponent": 2}, LIST, 0, 20 + 3),
    ("_foreach_pow", {"self": 2, "exponent": LIST}, LIST, 0, 20 + 3),
    ("_foreach_pow_", {"self": LIST, "exponent": LIST}, (), 0, 20 + 3),
    ("_foreach_rsqrt", {"self": LIST}, LIST, 0, 2 * (20 + 3)),
    ("_foreach_frac_", {"self": LIST}, (), 0, 2 * (20 + 3)),
    ("_foreach_lerp_", {"self": LIST, "weight": 0.5}, (), 0, 3 * (20 + 3)),
    ("_foreach_sigmoid", {"self": LIST}, LIST, 0, 4 * (20 + 3)),
    ("_foreach_addcmul_", {"self": LIST, "value": 1}, (), 0, 2 * (20 + 3)),
    ("_foreach_addcdiv_", {"self": LIST, "value": -0.1}, (), 0, 3 * (20 + 3)),
    ("_foreach_addcdiv_", {"self": LIST, "scalars": (0.1, 0.2)}, (), 0, 3 * (20 + 3)),
    ("_foreach_norm", {"self": LIST, "ord": 2}, ONES, 0, (20 + 19 + 1) + (3 + 2 + 1)),
    ("_foreach_norm", {"self": LIST, "ord": 1}, ONES, 0, (20 + 19) + (3 + 2)),
    ("_foreach_powsum", {"self": LIST, "ord": 2}, ONES, 0, (20 + 19) + (3 + 2)),
    ("_foreach_powsum", {"self": LIST, "ord": 1}, ONES, 0, (20 + 19) + (3 + 2)),
    ("linalg__powsum", {"self": X, "ord": 3}, T((4,)), 0, 20 + 20 + 16),
    ("_foreach_max", {"self": LIST}, ONES, 0, 19 + 2),
    # into tensors that are there, of which nothing is returned
    ("_foreach_norm", {"self": LIST, "ord": 1, "out": ONES}, None, 0, (20 + 19) + (3 + 2)),
    ("_foreach_powsum", {"self": LIST, "ord": 2, "out": ONES}, None, 0, (20 + 19) + (3 + 2)),
    ("_foreach_max", {"self": LIST, "out": ONES}, None, 0, 19 + 2),
    ("_foreach_mm", {"self": (X, T((2, 3)))}, (T((4, 6)), T((2, 2))), 4 * 5 * 6 + 2 * 3 * 2, 0),
    ("_foreach_zero_", {"self": LIST}, (), 0, 0),
    ("_foreach_copy_", {"self": LIST}, (), 0, 0),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), ROWS)
def test_foreach(operator: str, arguments: Mapping[str, object], out: object, macs: int, other_flops: int) -> None:
    name = operator if "::" in operator else f"aten::{operator}"
    assert FORMULAS.cost(OperatorCall(name, "", arguments, out)) == Cost(macs, other_flops)
