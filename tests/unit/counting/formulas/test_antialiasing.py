"""Interpolation with an antialiasing filter: products and sums over windows of the input."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

# The elements of each window over 8 for 4: the filter reaches 1 * 2, 2 * 2 or 3 * 2 to either side of 1, 3, 5 and 7.
HALVED = {
    "bilinear": (3, 4, 4, 3),
    "bicubic": (5, 7, 7, 5),
    "lanczos": (7, 8, 8, 7),
}
# And over 4 for 8: it reaches 1, 2 or 3 to either side of 0.25, 0.75, ...
DOUBLED = {
    "bilinear": (1, 2, 2, 2, 2, 2, 2, 1),
    "bicubic": (2, 3, 3, 4, 4, 3, 3, 2),
    "lanczos": (3, 4, 4, 4, 4, 4, 4, 3),
}


@pytest.mark.parametrize("kind", ["bilinear", "bicubic", "lanczos"])
def test_resampling(kind: str) -> None:
    arguments = {"self": T((2, 3, 4, 8)), "output_size": (8, 4), "align_corners": False}
    call = OperatorCall(f"aten::_upsample_{kind}2d_aa", "", arguments, T((2, 3, 8, 4)))
    # 4 rows become 4 wide, then 4 columns become 8 high; a window of w takes w products and w - 1 sums
    width = 4 * sum(2 * size - 1 for size in HALVED[kind])
    height = 4 * sum(2 * size - 1 for size in DOUBLED[kind])
    assert FORMULAS.cost(call) == Cost(0, 2 * 3 * (width + height))


@pytest.mark.parametrize("kind", ["bilinear", "bicubic", "lanczos"])
def test_its_adjoint(kind: str) -> None:
    arguments = {"grad_output": T((2, 3, 8, 4)), "input_size": (2, 3, 4, 8), "align_corners": False}
    call = OperatorCall(f"aten::_upsample_{kind}2d_aa_backward", "", arguments, T((2, 3, 4, 8)))
    # each element of each window is multiplied and added
    assert FORMULAS.cost(call) == Cost(0, 2 * 3 * 2 * (4 * sum(DOUBLED[kind]) + 4 * sum(HALVED[kind])))


def test_aligned_corners() -> None:
    arguments = {"input": T((1, 1, 1, 7)), "align_corners": True}
    call = OperatorCall("aten::_upsample_bilinear2d_aa", "", arguments, T((1, 1, 1, 3)))
    # steps of (7 - 1) / (3 - 1) = 3: the filter reaches 3 to either side of 1.5, 4.5 and 7.5; one row stays
    windows = (5 - 0, 7 - 2, 7 - 5)
    assert FORMULAS.cost(call) == Cost(0, sum(2 * size - 1 for size in windows) + 3)
