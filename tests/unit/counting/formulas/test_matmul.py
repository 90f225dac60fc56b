"""Matrix products: output elements times the contracted dimension."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

PRODUCTS = [
    # operator, arguments, out, MACs, other FLOPs
    ("linear", {"input": T((4, 3)), "weight": T((5, 3)), "bias": None}, T((4, 5)), 4 * 5 * 3, 0),
    ("linear", {"input": T((2, 7, 3)), "weight": T((5, 3)), "bias": T((5,))}, T((2, 7, 5)), 2 * 7 * 5 * 3, 2 * 7 * 5),
    ("linear", {"input": T((3,)), "weight": T((5, 3)), "bias": T((5,))}, T((5,)), 5 * 3, 5),
    ("linear", {"input": T((4, 3)), "weight": T((3,)), "bias": None}, T((4,)), 4 * 3, 0),
    ("linear", {"input": T((0, 3)), "weight": T((5, 3)), "bias": T((5,))}, T((0, 5)), 0, 0),
    ("linear", {"input": T((4, 0)), "weight": T((5, 0)), "bias": T((5,))}, T((4, 5)), 0, 4 * 5),
    ("mkldnn_linear", {"self": T((4, 3)), "weight": T((5, 3)), "bias": T((5,))}, T((4, 5)), 4 * 5 * 3, 4 * 5),
    ("mm", {"self": T((2, 3)), "mat2": T((3, 4))}, T((2, 4)), 2 * 3 * 4, 0),
    ("bmm", {"self": T((6, 2, 3)), "mat2": T((6, 3, 4))}, T((6, 2, 4)), 6 * 2 * 3 * 4, 0),
    ("mv", {"self": T((32, 64)), "vec": T((64,))}, T((32,)), 32 * 64, 0),
    ("dot", {"self": T((7,)), "tensor": T((7,))}, T(()), 7, 0),
    ("vdot", {"self": T((7,)), "other": T((7,))}, T(()), 7, 0),
    ("_int_mm", {"self": T((32, 8), "int8"), "mat2": T((8, 16), "int8")}, T((32, 16), "int32"), 32 * 16 * 8, 0),
    # every combination of ranks, batch dimensions broadcast
    ("matmul", {"self": T((3,)), "other": T((3,))}, T(()), 3, 0),
    ("matmul", {"self": T((2, 3)), "other": T((3,))}, T((2,)), 2 * 3, 0),
    ("matmul", {"self": T((3,)), "other": T((3, 4))}, T((4,)), 3 * 4, 0),
    ("matmul", {"self": T((2, 3)), "other": T((3, 4))}, T((2, 4)), 2 * 3 * 4, 0),
    ("matmul", {"self": T((5, 2, 3)), "other": T((3,))}, T((5, 2)), 5 * 2 * 3, 0),
    ("matmul", {"self": T((3,)), "other": T((5, 3, 4))}, T((5, 4)), 5 * 3 * 4, 0),
    ("matmul", {"self": T((5, 2, 3)), "other": T((3, 4))}, T((5, 2, 4)), 5 * 2 * 3 * 4, 0),
    ("matmul", {"self": T((5, 1, 2, 3)), "other": T((6, 3, 4))}, T((5, 6, 2, 4)), 5 * 6 * 2 * 3 * 4, 0),
    # a complex product is four real ones
    ("mm", {"self": T((2, 3), "complex64"), "mat2": T((3, 4), "complex64")}, T((2, 4), "complex64"), 4 * 2 * 3 * 4, 0),
    ("linalg_vecdot", {"x": T((5, 3)), "y": T((5, 3)), "dim": -1}, T((5,)), 5 * 3, 0),
    ("linalg_vecdot", {"x": T((3, 1)), "y": T((3, 4)), "dim": 0}, T((4,)), 4 * 3, 0),
    # along the last dimension, unless another is said
    ("linalg_vecdot", {"x": T((2, 5, 3)), "y": T((2, 5, 3))}, T((2, 5)), 2 * 5 * 3, 0),
    ("affine_grid_generator", {"theta": T((2, 2, 3)), "size": (2, 1, 4, 5)}, T((2, 4, 5, 2)), 2 * 4 * 5 * 2 * 3, 0),
    # beyond 2 ** 63
    ("mm", {"self": T((2**32, 2**32)), "mat2": T((2**32, 2**32))}, T((2**32, 2**32)), 2**96, 0),
]

SUMS = [
    # beta * self + alpha * product: the addition, and a multiplication for each factor that matters
    ("addmm", {"mat1": T((2, 3)), "beta": 1, "alpha": 1}, T((2, 4)), 2 * 3 * 4, 2 * 4),
    ("addmm", {"mat1": T((2, 3)), "beta": 0, "alpha": 1}, T((2, 4)), 2 * 3 * 4, 0),
    ("addmm", {"mat1": T((2, 3)), "beta": 0.5, "alpha": 2}, T((2, 4)), 2 * 3 * 4, 3 * 2 * 4),
    ("addmm_", {"mat1": T((2, 3)), "beta": 1, "alpha": 1}, T((2, 4)), 2 * 3 * 4, 2 * 4),
    ("addmv", {"mat": T((2, 3)), "beta": 1, "alpha": 1}, T((2,)), 2 * 3, 2),
    ("baddbmm", {"batch1": T((5, 2, 3)), "beta": 1, "alpha": 1}, T((5, 2, 4)), 5 * 2 * 3 * 4, 5 * 2 * 4),
    ("addbmm", {"batch1": T((5, 2, 3)), "beta": 1, "alpha": 1}, T((2, 4)), 5 * 2 * 3 * 4, 2 * 4),
    # both factors are 1 unless others are said: the addition alone
    ("addmm", {"mat1": T((2, 3))}, T((2, 4)), 2 * 3 * 4, 2 * 4),
    ("addmv", {"mat": T((2, 3))}, T((2,)), 2 * 3, 2),
    ("baddbmm", {"batch1": T((5, 2, 3))}, T((5, 2, 4)), 5 * 2 * 3 * 4, 5 * 2 * 4),
    ("addbmm", {"batch1": T((5, 2, 3))}, T((2, 4)), 5 * 2 * 3 * 4, 2 * 4),
    ("addr", {"vec1": T((2,)), "vec2": T((4,))}, T((2, 4)), 0, 2 * 4 + 2 * 4),
    # nothing sums the products of an outer product: no MAC
    ("addr", {"vec1": T((2,)), "vec2": T((4,)), "beta": 1, "alpha": 1}, T((2, 4)), 0, 2 * 4 + 2 * 4),
]

BILINEAR = [
    (
        "bilinear",
        {"input1": T((2, 5, 3)), "input2": T((2, 5, 4)), "weight": T((6, 3, 4)), "bias": None},
        T((2, 5, 6)),
        2 * 5 * 6 * 3 * 4,
        0,
    ),
    (
        "bilinear",
        {"input1": T((128, 20)), "input2": T((128, 30)), "weight": T((40, 20, 30)), "bias": T((40,))},
        T((128, 40)),
        128 * 40 * 20 * 30,
        128 * 40,
    ),
    (
        "_trilinear",
        {
            "i1": T((128, 20)),
            "i2": T((40, 20, 30)),
            "i3": T((128, 30)),
            "expand1": (1, 3),
            "expand2": (0,),
            "expand3": (1, 2),
            "sumdim": (2, 3),
        },
        T((128, 40)),
        128 * 40 * 20 * 30,
        0,
    ),
    (
        "_trilinear",
        {"i1": T((0, 2)), "i2": T((0, 2)), "i3": T((1, 2)), "expand1": (), "expand2": (), "expand3": ()},
        T((0,)),
        0,
        0,
    ),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), [*PRODUCTS, *SUMS, *BILINEAR])
def test_matrix_products(operator: str, arguments: Mapping[str, object], out: T, macs: int, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, out)) == Cost(macs, other_flops)


@pytest.mark.parametrize("operator", ["aten::einsum", "aten::outer", "aten::kron", "aten::inner", "aten::tensordot"])
def test_composites_are_left_to_their_pieces(operator: str) -> None:
    assert not FORMULAS.knows(operator)
