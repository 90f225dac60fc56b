"""The adjoints of activation functions: FLOPs an element of the gradient g, by the derivatives written out.

The convention stands in ``elements.py``; a choice between two branches costs its comparisons and the dearer
branch. y is the forward's output, s the sigmoid of x.
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import Output, first, per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::threshold_backward")
def threshold_backward(*, out: TensorSpec, **_: object) -> Cost:
    """g if x > threshold else 0: compare: 1"""
    return per_element(1, out)


@formula("aten::hardtanh_backward", "aten::hardshrink_backward", "aten::softshrink_backward")
def hardtanh_backward(*, out: TensorSpec, **_: object) -> Cost:
    """g if low < x < high else 0, or the other way round: two comparisons: 2"""
    return per_element(2, out)


@formula("aten::leaky_relu_backward")
def leaky_relu_backward(*, out: TensorSpec, **_: object) -> Cost:
    """g if x > 0 else slope * g: compare, multiply: 2"""
    return per_element(2, out)


@formula("aten::rrelu_with_noise_backward")
def rrelu_with_noise_backward(*, out: TensorSpec, training: bool, **_: object) -> Cost:
    """noise * g in training, where the noise is 1 or the slope that was drawn: 1; otherwise as leaky_relu"""
    return per_element(1 if training else 2, out)


@formula("aten::_prelu_kernel_backward")
def prelu_backward(grad_output: TensorSpec, **_: object) -> Cost:
    """x and its slope: g if x > 0 else slope * g; 0 if x > 0 else x * g: compare, two products: 3"""
    return per_element(3, grad_output)


@formula("aten::elu_backward")
def elu_backward(*, out: TensorSpec, is_result: bool, input_scale: float = 1, **_: object) -> Cost:
    """g if x > 0 else g * alpha * exp(x), or g * (y + alpha) if y is known

    From x: compare, exp, two products: 4. From y: compare, add, multiply: 3. An input_scale that is not 1 is one
    product more; selu's scale only changes a constant.
    """
    return per_element((3 if is_result else 4) + (input_scale != 1), out)


@formula("aten::sigmoid_backward")
def sigmoid_backward(*, out: TensorSpec, **_: object) -> Cost:
    """g * (1 - y) * y: subtract, two products: 3"""
    return per_element(3, out)


@formula("aten::tanh_backward")
def tanh_backward(*, out: TensorSpec, **_: object) -> Cost:
    """g * (1 - y * y): multiply, subtract, multiply: 3"""
    return per_element(3, out)


@formula("aten::silu_backward")
def silu_backward(*, out: TensorSpec, **_: object) -> Cost:
    """g * s * (1 + x * (1 - s)): sigmoid 4; subtract, multiply, add; two products: 9"""
    return per_element(9, out)


@formula("aten::glu_backward")
def glu_backward(grad_output: TensorSpec, **_: object) -> Cost:
    """Of a * s(b): g * s for a; that times (1 - s) * a for b: sigmoid 4, multiply; subtract, two products: 8"""
    return per_element(8, grad_output)


@formula("aten::mish_backward")
def mish_backward(*, out: TensorSpec, **_: object) -> Cost:
    """g * (t + x * s * (1 - t * t)) with t = tanh(softplus(x))

    softplus 3, with its comparison, which arrives where there is no kernel; tanh; sigmoid 4; t * t, subtract, two
    products, add, and the product with g: 6: 14.
    """
    return per_element(14, out)


@formula("aten::gelu_backward")
def gelu_backward(*, out: TensorSpec, approximate: str = "none", **_: object) -> Cost:
    """g * (cdf + x * pdf) with cdf = (1 + erf(x / sqrt(2))) / 2 and pdf = exp(-x * x / 2) / sqrt(2 * pi)

    cdf: divide, erf, add, divide: 4. pdf: two products, exp, multiply: 4. Multiply, add, multiply: 3: 11.

    With ``approximate="tanh"``, t = tanh(c * (x + 0.044715 * x * x * x)) takes 6 (x * x is kept);
    g * ((1 + t) / 2 + x / 2 * (1 - t * t) * c * (1 + 0.134145 * x * x)): add, divide; divide; multiply, subtract;
    multiply, add, multiply; two products; add; multiply: 12: 18.
    """
    return per_element(18 if approximate == "tanh" else 11, out)


@formula("aten::hardsigmoid_backward")
def hardsigmoid_backward(*, out: TensorSpec, **_: object) -> Cost:
    """g / 6 if -3 < x < 3 else 0: two comparisons, divide: 3"""
    return per_element(3, out)


@formula("aten::hardswish_backward")
def hardswish_backward(*, out: TensorSpec, **_: object) -> Cost:
    """0, g * (x / 3 + 1 / 2) or g, by x: two comparisons, divide, add, multiply: 5"""
    return per_element(5, out)


@formula("aten::softplus_backward")
def softplus_backward(*, out: TensorSpec, beta: float = 1, **_: object) -> Cost:
    """g if beta * x > threshold else g * z / (z + 1) with z = exp(beta * x)

    Compare, exp, multiply, add, divide: 5, and a product more unless beta is 1.
    """
    return per_element(5 if beta == 1 else 6, out)


@formula("aten::log_sigmoid_backward")
def log_sigmoid_backward(*, out: TensorSpec, **_: object) -> Cost:
    """g / (1 + exp(x)): exp, add, divide: 3"""
    return per_element(3, out)


@formula("aten::logit_backward")
def logit_backward(*, out: TensorSpec, eps: float | None = None, **_: object) -> Cost:
    """g / (x * (1 - x)): subtract, multiply, divide: 3, and 2 comparisons where eps bounds x"""
    return per_element(3 if eps is None else 5, out)


@formula("aten::native_dropout_backward")
def native_dropout_backward(*, out: Output, **_: object) -> Cost:
    """g * mask * scale: two products: 2"""
    return per_element(2, first(out))
