"""FLOPs an output element, from the definitions."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

OUT = T((2, 3))

ROWS: list[tuple[str, dict[str, object], int]] = [
    ("mul", {}, 1),
    ("mul_", {}, 1),
    ("pow", {}, 1),
    ("neg", {}, 1),
    ("maximum", {}, 1),
    ("eq", {}, 1),
    ("logical_and", {}, 1),
    ("bitwise_or", {}, 1),
    ("isnan", {}, 1),
    ("exp", {}, 1),
    ("sqrt", {}, 1),
    ("tanh_", {}, 1),
    ("erf", {}, 1),
    ("true_divide", {}, 1),
    ("float_power", {}, 1),
    ("__xor__", {}, 1),
    ("special_hermite_polynomial_he", {}, 1),
    ("_standard_gamma_grad", {}, 1),
    ("_neg_view_copy", {}, 1),
    ("isfinite", {}, 1 + 1 + 1 + 1),
    ("_add_relu", {"alpha": 1}, 1 + 1),
    ("_add_relu_", {"alpha": 2}, 1 + 1 + 1),
    ("clip", {"min": 0, "max": 6}, 1 + 1),
    ("add", {"alpha": 1}, 1),
    ("add", {"alpha": 2}, 1 + 1),
    ("rsub", {"alpha": 1}, 1),
    ("div", {"rounding_mode": None}, 1),
    ("div", {"rounding_mode": "floor"}, 1 + 1),
    ("floor_divide", {}, 1 + 1),
    ("clamp", {"min": 0, "max": None}, 1),
    ("clamp", {"min": 0, "max": 6}, 1 + 1),
    ("clamp", {"min": T((3,)), "max": T((3,))}, 1 + 1),
    ("clamp_min", {"min": 0}, 1),
    ("rsqrt", {}, 1 + 1),
    ("sign", {}, 1),
    ("sgn", {}, 1),
    ("special_xlog1py", {}, 1 + 1),
    ("special_bessel_j0", {}, 1),
    ("polygamma", {"n": 1}, 1),
    ("gcd_", {}, 1),
    ("__ilshift__", {}, 1),
    ("mvlgamma", {"p": 2}, 2 * (1 + 1 + 1)),
    ("lerp", {}, 1 + 1 + 1),
    ("special_entr", {}, 1 + 1 + 1),
    ("sinc", {}, 1 + 1 + 1),
    ("linalg_cross", {}, 1 + 1 + 1),
    ("addcmul", {"value": 1}, 1 + 1),
    ("addcdiv", {"value": 0.5}, 1 + 1 + 1),
    ("logaddexp", {}, 1 + 1 + 1 + 1),
    ("logit", {"eps": None}, 1 + 1 + 1),
    ("logit", {"eps": 1e-6}, 1 + 1 + 1 + 2),
]


@pytest.mark.parametrize(("operator", "arguments", "flops"), ROWS)
def test_flops_an_element(operator: str, arguments: Mapping[str, object], flops: int) -> None:
    call = OperatorCall(f"aten::{operator}", "", arguments, OUT)
    assert FORMULAS.cost(call) == Cost(0, flops * 2 * 3)


@pytest.mark.parametrize(
    ("operator", "out", "other_flops"),
    [
        ("mul", T(()), 1),
        ("mul", T((0, 3)), 0),
        ("mul", T((2, 3), "int64"), 2 * 3),
        ("mul", T((2, 3), "complex64"), 2 * 2 * 3),
        ("eq", T((2, 3), "bool"), 2 * 3),
        ("sgn", T((2, 3), "complex64"), (1 + 1) * 2 * 2 * 3),
        ("conj_physical", T((2, 3), "complex64"), 2 * 3),
        ("conj_physical", T((2, 3)), 0),
        ("polar", T((2, 3), "complex64"), 4 * 2 * 3),
        ("frexp", (T((2, 3)), T((2, 3), "int32")), 2 * 3),
    ],
)
def test_elements(operator: str, out: object, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", {}, out)) == Cost(0, other_flops)


def test_what_arrives_of_a_sum_with_zeros() -> None:
    assert FORMULAS.cost(OperatorCall("prims::add", "", {"self": OUT, "other": OUT}, OUT)) == Cost(0, 2 * 3)


def test_an_overload_that_writes_to_out() -> None:
    arguments = {"self": OUT, "other": OUT, "alpha": 1, "out": OUT}
    assert FORMULAS.cost(OperatorCall("aten::add", "", arguments, OUT)) == Cost(0, 2 * 3)


def test_closeness_of_all() -> None:
    call = OperatorCall("aten::allclose", "", {"self": OUT, "other": OUT}, True)
    # equal; difference and its size; relative tolerance, its size, the other tolerance; compare; either; all
    assert FORMULAS.cost(call) == Cost(0, (1 + 2 + 3 + 1 + 1 + 1) * 6)
