"""The adjoints of activation functions, from the derivatives."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

SIGMOID = 1 + 1 + 1 + 1  # negate, exp, add, divide

ROWS: list[tuple[str, dict[str, object], int]] = [
    ("threshold_backward", {}, 1),
    ("hardtanh_backward", {}, 2),
    ("hardshrink_backward", {}, 2),
    ("softshrink_backward", {}, 2),
    ("leaky_relu_backward", {}, 1 + 1),
    ("rrelu_with_noise_backward", {"training": True}, 1),
    ("rrelu_with_noise_backward", {"training": False}, 1 + 1),
    ("elu_backward", {"is_result": False}, 1 + 1 + 2),
    ("elu_backward", {"is_result": True}, 1 + 1 + 1),
    ("elu_backward", {"is_result": False, "scale": 1.05, "input_scale": 0.5}, 1 + 1 + 2 + 1),
    ("sigmoid_backward", {}, 1 + 2),
    ("tanh_backward", {}, 1 + 1 + 1),
    ("silu_backward", {}, SIGMOID + 1 + 1 + 1 + 2),
    ("mish_backward", {}, 3 + 1 + SIGMOID + 6),
    ("gelu_backward", {}, 4 + 4 + 3),
    ("gelu_backward", {"approximate": "tanh"}, 6 + 2 + 1 + 2 + 3 + 2 + 1 + 1),
    ("hardsigmoid_backward", {}, 2 + 1),
    ("hardswish_backward", {}, 2 + 1 + 1 + 1),
    ("softplus_backward", {"beta": 1}, 1 + 1 + 1 + 1 + 1),
    ("softplus_backward", {"beta": 2}, 1 + 1 + 1 + 1 + 1 + 1),
    ("log_sigmoid_backward", {}, 1 + 1 + 1),
    ("logit_backward", {}, 1 + 1 + 1),
    ("logit_backward", {"eps": 1e-6}, 1 + 1 + 1 + 2),
    ("native_dropout_backward", {"scale": 2.0}, 2),
]


@pytest.mark.parametrize(("operator", "arguments", "flops"), ROWS)
def test_flops_an_element(operator: str, arguments: Mapping[str, object], flops: int) -> None:
    call = OperatorCall(f"aten::{operator}", "", arguments, T((2, 3)))
    assert FORMULAS.cost(call) == Cost(0, flops * 2 * 3)


SEVERAL = [
    # a choice and its product, and the slope's
    ("_prelu_kernel_backward", {}, (T((2, 3)), T((2, 3))), (2 + 1) * 6),
    # one half by a product, the other by a subtraction and two
    ("glu_backward", {"dim": 1}, T((2, 6)), (SIGMOID + 1 + 3) * 6),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "flops"), SEVERAL)
def test_flops_an_element_of_the_gradient(
    operator: str, arguments: Mapping[str, object], out: object, flops: int
) -> None:
    call = OperatorCall(f"aten::{operator}", "", {"grad_output": T((2, 3)), **arguments}, out)
    assert FORMULAS.cost(call) == Cost(0, flops)
