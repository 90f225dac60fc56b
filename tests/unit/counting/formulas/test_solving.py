"""Systems of linear equations: substitution, element by element."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
import torch

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

Count = Callable[[Callable[[], object]], tuple[Cost, list[str]]]

X, SIDES = T((3, 3)), T((3, 2))
ONE = T(())
# A column: the last unknown a division, the one before a product, a subtraction and a division, the first 2, 2 and 1.
COLUMN = 1 + 3 + 5
UNIT = 0 + 2 + 4
LU = (2 + 2 * 4) + (1 + 2)

ROWS = [
    # operator, arguments, out, other FLOPs
    ("linalg_solve_triangular", {"self": X, "B": SIDES, "upper": True}, SIDES, 2 * COLUMN),
    ("linalg_solve_triangular", {"self": X, "B": SIDES, "unitriangular": True}, SIDES, 2 * UNIT),
    ("linalg_solve_triangular", {"self": X, "B": T((5, 3)), "left": False}, T((5, 3)), 5 * COLUMN),
    ("linalg_solve_triangular", {"self": X, "B": SIDES}, T((4, 3, 2)), 4 * 2 * COLUMN),
    ("triangular_solve", {"self": SIDES, "A": X}, (SIDES, X), 2 * COLUMN),
    ("cholesky_solve", {"self": SIDES, "input2": X}, SIDES, 2 * 2 * COLUMN),
    ("_cholesky_solve_helper", {"self": SIDES, "A": X}, SIDES, 2 * 2 * COLUMN),
    ("linalg_lu_solve", {"LU": X, "B": SIDES}, SIDES, 2 * (COLUMN + UNIT)),
    ("linalg_lu_solve", {"LU": X, "B": T((5, 3)), "left": False}, T((5, 3)), 5 * (COLUMN + UNIT)),
    ("linalg_lu_solve", {"LU": T((3, 3), "complex64")}, T((3, 2), "complex64"), 4 * 2 * (COLUMN + UNIT)),
    ("linalg_ldl_solve", {"LD": X, "B": SIDES}, SIDES, 2 * (UNIT + UNIT + 3)),
    ("_linalg_solve_ex", {"A": X, "B": SIDES}, (SIDES, X, ONE, ONE), LU + 2 * (COLUMN + UNIT)),
    ("_linalg_solve_ex", {"A": X, "B": T((3,))}, (T((3,)), X, ONE, ONE), LU + (COLUMN + UNIT)),
    ("_linalg_solve_ex", {"A": T((4, 3, 3))}, (T((4, 3, 2)), X, ONE, ONE), 4 * (LU + 2 * (COLUMN + UNIT))),
    ("linalg_inv_ex", {"A": X}, (X, ONE), 2 * 27),
    ("linalg_inv_ex", {"A": T((4, 3, 3))}, (X, ONE), 4 * 2 * 27),
    ("cholesky_inverse", {"self": X}, X, 27 // 3 + 27 // 3),
    # QR 2 * 9 * (6 - 1); a column of six: Q' 4 * 6 * 3 - 2 * 9, and a triangle.
    ("linalg_lstsq", {"self": T((6, 3)), "b": T((6, 2))}, (SIDES,), 90 + 2 * (72 - 18 + COLUMN)),
    ("linalg_lstsq", {"self": T((6, 3)), "b": T((6,))}, (T((3,)),), 90 + (72 - 18 + COLUMN)),
    (
        "linalg_lstsq",
        {"self": T((6, 3)), "b": T((6, 2)), "driver": "gelsd"},
        (SIDES,),
        (14 * 6 * 9 + 8 * 27) + 2 * (2 * 6 * 3 + 3 + 2 * 3 * 3),
    ),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "other_flops"), ROWS)
def test_solving(operator: str, arguments: Mapping[str, object], out: object, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, out)) == Cost(0, other_flops)


A = torch.eye(3) * 2
B = torch.ones(3, 2)
CALLS: list[tuple[Callable[[], object], int]] = [
    (lambda: torch.linalg.solve(A, B), LU + 2 * (COLUMN + UNIT)),
    (lambda: torch.linalg.solve(A, B[:, 0]), LU + COLUMN + UNIT),
    (lambda: torch.linalg.solve(A, B.t(), left=False), LU + 2 * (COLUMN + UNIT)),
    (lambda: torch.inverse(A), 2 * 27),
    (lambda: torch.det(A), LU + 3),
    (lambda: torch.slogdet(A), LU + 5 * 3 - 1),
    (lambda: torch.cholesky_solve(B, torch.linalg.cholesky(A)), (3 + 6 + 5) + 2 * 2 * COLUMN),
    (lambda: torch.linalg.solve_triangular(A, B, upper=True), 2 * COLUMN),
    (lambda: torch.linalg.lstsq(A, B), 2 * 9 * 2 + 2 * (36 - 18 + COLUMN)),
    (lambda: torch.linalg.qr(A), 36 + 36),
    (lambda: torch.linalg.svdvals(A), 4 * 27 - 36),
    (lambda: torch.linalg.eigvalsh(A), 36),
    # svd, its largest value, a comparison with a share of it each, and their sum
    (lambda: torch.linalg.matrix_rank(A), 72 + 2 + 3 + 2),
]


@pytest.mark.parametrize(("function", "other_flops"), CALLS)
def test_calls_that_torch_makes(whole: Count, function: Callable[[], object], other_flops: int) -> None:
    cost, uncounted = whole(function)
    assert (cost, uncounted) == (Cost(0, other_flops), [])
