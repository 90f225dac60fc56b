"""Activation functions: FLOPs an output element, by their definitions.

The convention stands in ``elements.py``; a choice between two branches costs its comparison and the dearer
branch.
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import Output, first, in_place_too, per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

_SLOPES = ("aten::rrelu_with_noise_functional", "aten::prelu", "aten::_prelu_kernel")


@formula(*in_place_too("relu", "threshold"))
def relu(*, out: TensorSpec, **_: object) -> Cost:
    """max(x, 0): compare: 1"""
    return per_element(1, out)


@formula(*in_place_too("relu6", "hardtanh"))
def hardtanh(*, out: TensorSpec, **_: object) -> Cost:
    """min(max(x, low), high): two comparisons: 2"""
    return per_element(2, out)


@formula(*in_place_too("leaky_relu", "rrelu", "rrelu_with_noise"), *_SLOPES)
def leaky_relu(*, out: Output, **_: object) -> Cost:
    """x if x > 0 else slope * x: compare, multiply: 2 (drawing rrelu's slopes is not counted)"""
    return per_element(2, first(out))


@formula(*in_place_too("elu"))
def elu(*, out: TensorSpec, scale: float = 1, input_scale: float = 1, **_: object) -> Cost:
    """x if x > 0 else alpha * expm1(x): compare, expm1, multiply: 3, and multiply 1 for each scale that is not 1"""
    return per_element(3 + (scale != 1) + (input_scale != 1), out)


@formula(*in_place_too("selu", "celu"))
def selu(*, out: TensorSpec, **_: object) -> Cost:
    """scale * elu(x); x if x > 0 else alpha * expm1(x / alpha): elu's 3, and one multiplication or division: 4"""
    return per_element(4, out)


@formula(*in_place_too("sigmoid"))
def sigmoid(*, out: TensorSpec, **_: object) -> Cost:
    """1 / (1 + exp(-x)): negate, exp, add, divide: 4"""
    return per_element(4, out)


@formula(*in_place_too("silu"), "aten::glu")
def silu(*, out: TensorSpec, **_: object) -> Cost:
    """x * sigmoid(x), a * sigmoid(b): sigmoid 4, multiply: 5 an output element"""
    return per_element(5, out)


@formula(*in_place_too("hardsigmoid"))
def hardsigmoid(*, out: TensorSpec, **_: object) -> Cost:
    """relu6(x + 3) / 6: add, two comparisons, divide: 4"""
    return per_element(4, out)


@formula(*in_place_too("hardswish"))
def hardswish(*, out: TensorSpec, **_: object) -> Cost:
    """x * relu6(x + 3) / 6: hardsigmoid 4, multiply: 5"""
    return per_element(5, out)


@formula(*in_place_too("gelu"))
def gelu(*, out: TensorSpec, approximate: str = "none", **_: object) -> Cost:
    """x * (1 + erf(x / sqrt(2))) / 2: divide, erf, add, multiply, divide: 5

    With ``approximate="tanh"``, x * (1 + tanh(c * (x + 0.044715 * x * x * x))) / 2: three multiplications,
    add, multiply, tanh, add, multiply, divide: 9.
    """
    return per_element(9 if approximate == "tanh" else 5, out)


@formula(*in_place_too("mish"))
def mish(*, out: TensorSpec, **_: object) -> Cost:
    """x * tanh(log1p(exp(x))): exp, log1p, tanh, multiply: 4"""
    return per_element(4, out)


@formula("aten::softplus")
def softplus(*, out: TensorSpec, beta: float = 1, **_: object) -> Cost:
    """x if beta * x > threshold else log1p(exp(beta * x)) / beta: compare, exp, log1p: 3, and 2 unless beta is 1"""
    return per_element(3 if beta == 1 else 5, out)


@formula("aten::log_sigmoid", "aten::log_sigmoid_forward")
def log_sigmoid(*, out: Output, **_: object) -> Cost:
    """-log1p(exp(-x)): negate, exp, log1p, negate: 4"""
    return per_element(4, first(out))


@formula("aten::hardshrink")
def hardshrink(*, out: TensorSpec, **_: object) -> Cost:
    """x if |x| > lambda else 0: two comparisons: 2"""
    return per_element(2, out)


@formula("aten::softshrink")
def softshrink(*, out: TensorSpec, **_: object) -> Cost:
    """x - lambda if x > lambda, x + lambda if x < -lambda, else 0: two comparisons, add: 3"""
    return per_element(3, out)
