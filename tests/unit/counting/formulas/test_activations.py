"""FLOPs an output element of activation functions, from the definitions."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

SIGMOID = 1 + 1 + 1 + 1  # negate, exp, add, divide

ROWS: list[tuple[str, dict[str, object], int]] = [
    ("relu", {}, 1),
    ("relu_", {}, 1),
    ("relu6", {}, 2),
    ("hardtanh_", {}, 2),
    ("leaky_relu", {}, 1 + 1),
    ("prelu", {}, 1 + 1),
    ("_prelu_kernel", {}, 1 + 1),
    ("rrelu_with_noise", {}, 1 + 1),
    ("elu", {"alpha": 1, "scale": 1, "input_scale": 1}, 1 + 1 + 1),
    ("elu", {"alpha": 1.67, "scale": 1.05, "input_scale": 1}, 1 + 1 + 1 + 1),
    ("selu", {}, 1 + 1 + 1 + 1),
    ("celu", {}, 1 + 1 + 1 + 1),
    ("sigmoid", {}, SIGMOID),
    ("silu", {}, SIGMOID + 1),
    ("glu", {}, SIGMOID + 1),
    ("hardsigmoid", {}, 1 + 2 + 1),
    ("hardswish_", {}, 1 + 2 + 1 + 1),
    ("gelu", {"approximate": "none"}, 1 + 1 + 1 + 1 + 1),
    ("gelu", {"approximate": "tanh"}, 3 + 1 + 1 + 1 + 1 + 1 + 1),
    ("mish", {}, 1 + 1 + 1 + 1),
    ("softplus", {"beta": 1}, 1 + 1 + 1),
    ("softplus", {"beta": 2}, 1 + 1 + 1 + 2),
    ("log_sigmoid", {}, 1 + 1 + 1 + 1),
    ("hardshrink", {}, 2),
    ("softshrink", {}, 2 + 1),
    ("threshold", {}, 1),
]


@pytest.mark.parametrize(("operator", "arguments", "flops"), ROWS)
def test_flops_an_element(operator: str, arguments: Mapping[str, object], flops: int) -> None:
    call = OperatorCall(f"aten::{operator}", "", arguments, T((2, 3)))
    assert FORMULAS.cost(call) == Cost(0, flops * 2 * 3)


def test_log_sigmoid_with_its_buffer() -> None:
    out = (T((2, 3)), T((0,)))
    assert FORMULAS.cost(OperatorCall("aten::log_sigmoid_forward", "", {"self": T((2, 3))}, out)) == Cost(0, 4 * 2 * 3)


def test_rrelu_with_the_noise_that_it_drew() -> None:
    call = OperatorCall("aten::rrelu_with_noise_functional", "", {"self": T((2, 3))}, (T((2, 3)), T((2, 3))))
    assert FORMULAS.cost(call) == Cost(0, (1 + 1) * 2 * 3)
