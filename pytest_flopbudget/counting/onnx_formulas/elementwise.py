"""Arithmetic, comparisons, functions and activations, element by element: FLOPs an output element."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas import activations
from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.onnx_formulas.naming import onnx
from pytest_flopbudget.counting.operators import Cost, TensorSpec

_ARITHMETIC = "Add Sub Mul Div Pow Neg Abs Sign Floor Ceil Round Reciprocal Mod Relu ThresholdedRelu"
_COMPARISONS = "Equal Greater GreaterOrEqual Less LessOrEqual And Or Xor Not IsNaN IsInf"
_BITS = "BitShift BitwiseAnd BitwiseOr BitwiseXor BitwiseNot"
_FUNCTIONS = "Exp Log Sqrt Erf Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh Asinh Acosh Atanh"


@formula(*onnx(f"{_ARITHMETIC} {_COMPARISONS} {_BITS} {_FUNCTIONS}"))
def one(*, out: TensorSpec, **_: object) -> Cost:
    """A sum, a product, a comparison, a bit operation, a function of the mathematical library: 1"""
    return per_element(1, out)


@formula(*onnx("Sum Max Min"))
def several(data_0: tuple[TensorSpec, ...], *, out: TensorSpec, **_: object) -> Cost:
    """The sum, the largest or the least of n tensors, element by element: n - 1"""
    return per_element(len(data_0) - 1, out)


@formula(*onnx("Mean"))
def mean(data_0: tuple[TensorSpec, ...], *, out: TensorSpec, **_: object) -> Cost:
    """The sum of n tensors, element by element, and its division: n"""
    return per_element(len(data_0), out)


@formula(*onnx("Clip"))
def clip(
    *, out: TensorSpec, min: TensorSpec | float | None = None, max: TensorSpec | float | None = None, **_: object
) -> Cost:
    """A comparison with each bound that is given: 1 or 2"""
    return per_element((min is not None) + (max is not None), out)


@formula(*onnx("LeakyRelu PRelu"))
def leaky_relu(*, out: TensorSpec, **_: object) -> Cost:
    """x if x > 0 else slope * x: compare, multiply: 2"""
    return per_element(2, out)


@formula(*onnx("Elu"))
def elu(*, out: TensorSpec, **_: object) -> Cost:
    """x if x > 0 else alpha * expm1(x): compare, expm1, multiply: 3"""
    return activations.elu(out=out)


@formula(*onnx("Selu Celu"))
def selu(*, out: TensorSpec, **_: object) -> Cost:
    """scale * elu(x); elu(x / alpha): 4"""
    return activations.selu(out=out)


@formula(*onnx("Sigmoid"))
def sigmoid(*, out: TensorSpec, **_: object) -> Cost:
    """1 / (1 + exp(-x)): negate, exp, add, divide: 4"""
    return activations.sigmoid(out=out)


@formula(*onnx("HardSigmoid"))
def hardsigmoid(*, out: TensorSpec, **_: object) -> Cost:
    """max(0, min(1, alpha * x + beta)): multiply, add, two comparisons: 4"""
    return activations.hardsigmoid(out=out)


@formula(*onnx("HardSwish"))
def hardswish(*, out: TensorSpec, **_: object) -> Cost:
    """x * hardsigmoid(x): 5"""
    return activations.hardswish(out=out)


@formula(*onnx("Swish"))
def swish(*, out: TensorSpec, alpha: float = 1, **_: object) -> Cost:
    """x * sigmoid(alpha * x): sigmoid 4, multiply: 5, and multiply 1 unless alpha is 1"""
    return per_element(5 + (alpha != 1), out)


@formula(*onnx("Gelu"))
def gelu(*, out: TensorSpec, approximate: str = "none", **_: object) -> Cost:
    """x * (1 + erf(x / sqrt(2))) / 2: 5; with ``approximate="tanh"`` 9"""
    return activations.gelu(out=out, approximate=approximate)


@formula(*onnx("Mish"))
def mish(*, out: TensorSpec, **_: object) -> Cost:
    """x * tanh(log1p(exp(x))): exp, log1p, tanh, multiply: 4"""
    return activations.mish(out=out)


@formula(*onnx("Softplus Softsign Shrink"))
def three(*, out: TensorSpec, **_: object) -> Cost:
    """log1p(exp(x)) with its comparison; x / (1 + |x|); two comparisons and an addition: 3"""
    return per_element(3, out)
