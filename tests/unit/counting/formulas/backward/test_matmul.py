"""Adjoints of matrix products that arrive as one operator."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

LINEAR = {"self": T((2, 3, 4)), "grad_output": T((2, 3, 5)), "weight": T((5, 4))}

ROWS = [
    ("linear_backward", {**LINEAR, "output_mask": (True, False, False)}, 2 * 3 * 5 * 4, 0),
    ("linear_backward", {**LINEAR, "output_mask": (False, True, True)}, 2 * 3 * 5 * 4, (2 * 3 - 1) * 5),
    ("mkldnn_linear_backward", {**LINEAR, "output_mask": (True, True, True)}, 2 * 2 * 3 * 5 * 4, (2 * 3 - 1) * 5),
    ("mkldnn_linear_backward_input", {"grad_output": T((6, 5)), "weight": T((5, 4))}, 6 * 5 * 4, 0),
    (
        "mkldnn_linear_backward_weights",
        {"grad_output": T((6, 5)), "input": T((6, 4)), "weight": T((5, 4)), "bias_defined": True},
        6 * 5 * 4,
        (6 - 1) * 5,
    ),
    ("cudnn_affine_grid_generator_backward", {"grad": T((2, 4, 5, 2))}, 2 * 4 * 5 * 2 * 3, 0),
    ("matmul_backward", {"grad": T((7, 2, 5)), "self": T((7, 2, 3)), "mask": (True, True)}, 2 * 7 * 2 * 3 * 5, 0),
    ("matmul_backward", {"grad": T((7, 2, 5)), "self": T((7, 2, 3)), "mask": (False, True)}, 7 * 2 * 3 * 5, 0),
]


@pytest.mark.parametrize(("operator", "arguments", "macs", "other_flops"), ROWS)
def test_adjoints(operator: str, arguments: Mapping[str, object], macs: int, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, None)) == Cost(macs, other_flops)
