"""Functions of matrices: the products that make them are MACs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
import torch

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

Count = Callable[[Callable[[], object]], tuple[Cost, list[str]]]

X = T((3, 3))
SVD = 14 * 6 * 9 + 8 * 27

ROWS = [
    # operator, arguments, MACs, other FLOPs: three values of 3 each, and three rows of V scaled
    ("linalg_pinv", {"self": T((6, 3))}, 6 * 3 * 3, SVD + 3 * 3 + 3 * 3),
    ("linalg_pinv", {"self": T((3, 6))}, 3 * 6 * 3, SVD + 3 * 3 + 6 * 3),
    ("linalg_pinv", {"self": X, "hermitian": True}, 27, 9 * 27 + 3 + 3 * 3 + 3 * 3),
    ("linalg_pinv", {"self": T((2, 6, 3))}, 2 * 6 * 3 * 3, 2 * (SVD + 3 * 3 + 3 * 3)),
    ("linalg_pinv", {"self": T((6, 3), "complex64")}, 4 * 6 * 3 * 3, 4 * (SVD + 3 * 3 + 3 * 3)),
    ("linalg_matrix_exp", {"self": X}, 5 * 27, 0),
    ("linalg_matrix_exp", {"self": T((4, 3, 3))}, 4 * 5 * 27, 0),
    ("linalg_matrix_exp", {"self": T((3, 3), "complex64")}, 4 * 5 * 27, 0),
]


@pytest.mark.parametrize(("operator", "arguments", "macs", "other_flops"), ROWS)
def test_matrix_functions(operator: str, arguments: Mapping[str, object], macs: int, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, X)) == Cost(macs, other_flops)


def test_calls_that_torch_makes(whole: Count, in_pieces: Count) -> None:
    for count in (whole, in_pieces):
        assert count(lambda: torch.linalg.matrix_exp(torch.eye(3))) == (Cost(5 * 27), [])
        cost, uncounted = count(lambda: torch.linalg.pinv(torch.ones(6, 3)))
        assert (cost.macs, uncounted) == (6 * 3 * 3, [])
