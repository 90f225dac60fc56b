"""Factorisations: small ones written out step by step, larger ones by the counts of their sources."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X = T((3, 3))
TALL, WIDE = T((6, 3)), T((3, 6))
ONE = T(())

ROWS = [
    # operator, arguments, out, other FLOPs
    # Columns: a root and two divisions; a product, a subtraction, a root and for one element a product, a subtraction,
    # a division; two products, two subtractions, a root.
    ("linalg_cholesky_ex", {"self": X}, (X, ONE), (1 + 2) + (2 + 1 + 2 + 1) + (4 + 1)),
    ("cholesky", {"self": T((1, 1))}, T((1, 1)), 1),
    ("cholesky", {"self": T((5, 0, 0))}, T((5, 0, 0)), 0),
    # Steps: two divisions, a product and a subtraction for each of 2 x 2; one division, those for one element.
    ("linalg_lu_factor_ex", {"A": X}, (X, T((3,), "int32"), ONE), (2 + 2 * 4) + (1 + 2)),
    ("linalg_lu", {"A": T((4, 3, 3))}, (X, X, X), 4 * ((2 + 2 * 4) + (1 + 2))),
    # Three steps down six rows: 5, 4 and 3 divisions; products and subtractions on 5 x 2 and 4 x 1.
    ("linalg_lu_factor_ex", {"A": TALL}, (TALL, ONE, ONE), (5 + 2 * 5 * 2) + (4 + 2 * 4 * 1) + 3),
    ("linalg_lu_factor_ex", {"A": T((3, 3), "complex64")}, (X, ONE, ONE), 4 * 13),
    ("linalg_ldl_factor_ex", {"self": X}, (X, ONE, ONE), 27 // 3),
    ("linalg_ldl_factor_ex", {"self": T((6, 6))}, (X, ONE, ONE), 216 // 3),
    ("linalg_ldl_factor_ex", {"self": T((2, 3, 3))}, (X, ONE, ONE), 2 * 9),
    # 2 * n * n * (m - n / 3) of the tall one; as much of the wide one, m and n exchanged in the general form.
    ("geqrf", {"self": TALL}, (TALL, T((3,))), 2 * 9 * (6 - 1)),
    ("geqrf", {"self": WIDE}, (WIDE, T((3,))), 4 * 3 * 6 * 3 - 2 * 9 * 9 + 4 * 9),
    ("geqrf", {"self": X}, (X, T((3,))), 2 * 9 * (3 - 1)),
    ("linalg_qr", {"A": TALL}, (TALL, X), 90 + 90),
    ("linalg_qr", {"A": TALL, "mode": "complete"}, (T((6, 6)), TALL), 90 + (4 * 6 * 6 * 3 - 2 * 12 * 9 + 4 * 9)),
    ("linalg_qr", {"A": TALL, "mode": "r"}, (T((0,)), X), 90),
    ("linalg_householder_product", {"input": TALL, "tau": T((3,))}, TALL, 90),
    ("linalg_householder_product", {"input": TALL, "tau": T((1,))}, TALL, 4 * 6 * 3 - 2 * 9 + 1),
    ("orgqr", {"self": TALL, "input2": T((3,))}, TALL, 90),
    # Reflections of 6, 5 and 4 rows, each on two columns, by 4 * m * n * k - 2 * n * k ** 2.
    ("ormqr", {"self": TALL, "input2": T((3,)), "input3": T((6, 2))}, T((6, 2)), 4 * 6 * 2 * 3 - 2 * 2 * 9),
    ("ormqr", {"self": X, "input2": T((3,)), "input3": T((2, 3)), "left": False}, T((2, 3)), 4 * 3 * 2 * 3 - 2 * 2 * 9),
    ("ormqr", {"self": TALL, "input2": T((0,)), "input3": T((6, 2))}, T((6, 2)), 0),
    ("_linalg_eigh", {"A": X}, (T((3,)), X), 9 * 27),
    ("_linalg_eigh", {"A": X, "compute_v": False}, (T((3,)), X), 4 * 27 // 3),
    ("_linalg_eigh", {"A": T((2, 3, 3), "complex64")}, (T((3,)), X), 4 * 2 * 9 * 27),
    ("linalg_eigvals", {"self": X}, T((3,), "complex64"), 10 * 27),
    ("_linalg_eigvals", {"self": T((2, 3, 3))}, T((2, 3)), 2 * 10 * 27),
    ("linalg_eig", {"self": X}, (T((3,)), X), 25 * 27 + 27 // 3 + 27),
    ("_linalg_svd", {"A": TALL}, (TALL, T((3,)), X), 14 * 6 * 9 + 8 * 27),
    ("_linalg_svd", {"A": WIDE}, (X, T((3,)), WIDE), 14 * 6 * 9 + 8 * 27),
    ("_linalg_svd", {"A": TALL, "compute_uv": False}, (X, T((3,)), X), 4 * 6 * 9 - 4 * 9),
    ("_linalg_svd", {"A": TALL, "full_matrices": True}, (X, T((3,)), X), 4 * 36 * 3 + 8 * 6 * 9 + 9 * 27),
    ("_linalg_det", {"A": X}, (ONE, X, ONE), 13 + 2 + 1),
    ("_linalg_slogdet", {"A": X}, (ONE, ONE, X, ONE), 13 + 3 + 3 + 2 + 3 + 2 + 1),
    ("_linalg_slogdet", {"A": T((2, 3, 3))}, (T((2,)), T((2,)), X, ONE), 2 * (13 + 14)),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "other_flops"), ROWS)
def test_factorisations(operator: str, arguments: Mapping[str, object], out: object, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, out)) == Cost(0, other_flops)
