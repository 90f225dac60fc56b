"""Arithmetic, comparisons and functions, element by element: FLOPs an output element, by their definitions.

The convention stands in ``elements.py``; each docstring writes its arithmetic out.
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import Output, first, in_place_too, per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(
    *in_place_too("mul", "pow", "square", "reciprocal", "neg", "abs", "sign", "copysign", "ldexp", "nextafter"),
    *in_place_too("floor", "ceil", "trunc", "round", "clamp_min", "clamp_max", "float_power"),
    "aten::true_divide",
    "aten::maximum",
    "aten::minimum",
    "aten::fmax",
    "aten::fmin",
)
def arithmetic(*, out: TensorSpec, **_: object) -> Cost:
    """A product, a quotient, a power, a change of sign, a rounding, the larger of two: 1"""
    return per_element(1, out)


@formula(
    *in_place_too("eq", "ne", "lt", "le", "gt", "ge"),
    *in_place_too("logical_and", "logical_or", "logical_xor", "logical_not"),
    *in_place_too("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not"),
    *in_place_too("bitwise_left_shift", "bitwise_right_shift"),
    "aten::__xor__",
    "aten::__ixor__",
    "aten::__lshift__",
    "aten::__rshift__",
    "aten::__ilshift__",
    "aten::__irshift__",
    "aten::isnan",
    "aten::isinf",
    "aten::isposinf",
    "aten::isneginf",
    "aten::signbit",
)
def comparison(*, out: TensorSpec, **_: object) -> Cost:
    """A comparison, a logical operation, an operation on bits: 1"""
    return per_element(1, out)


@formula(
    *in_place_too("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "fmod", "remainder"),
    *in_place_too("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "hypot"),
    *in_place_too("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
    *in_place_too("erf", "erfc", "erfinv", "lgamma", "digamma", "i0", "polygamma", "igamma", "igammac", "gcd", "lcm"),
    "aten::angle",
    "aten::special_i0e",
    "aten::special_i1",
    "aten::special_i1e",
    "aten::special_erfcx",
    "aten::special_ndtri",
    "aten::special_log_ndtr",
    "aten::special_zeta",
    "aten::special_airy_ai",
    "aten::special_bessel_j0",
    "aten::special_bessel_j1",
    "aten::special_bessel_y0",
    "aten::special_bessel_y1",
    "aten::special_modified_bessel_i0",
    "aten::special_modified_bessel_i1",
    "aten::special_modified_bessel_k0",
    "aten::special_modified_bessel_k1",
    "aten::special_scaled_modified_bessel_k0",
    "aten::special_scaled_modified_bessel_k1",
    "aten::special_spherical_bessel_j0",
    *(f"aten::special_chebyshev_polynomial_{kind}" for kind in "tuvw"),
    *(f"aten::special_shifted_chebyshev_polynomial_{kind}" for kind in "tuvw"),
    *(f"aten::special_{kind}_polynomial_{letter}" for kind, letter in (("laguerre", "l"), ("legendre", "p"))),
    "aten::special_hermite_polynomial_h",
    "aten::special_hermite_polynomial_he",
    "aten::_standard_gamma_grad",
    "aten::_dirichlet_grad",
)
def function(*, out: TensorSpec, **_: object) -> Cost:
    """A function of the mathematical library, polynomials of whatever degree among them: 1"""
    return per_element(1, out)


@formula(*in_place_too("_add_relu"))
def add_relu(*, out: TensorSpec, alpha: complex = 1, **_: object) -> Cost:
    """add, and compare: 2 or 3"""
    return add(out=out, alpha=alpha) + per_element(1, out)


@formula(*in_place_too("add", "sub"), "aten::rsub")
def add(*, out: TensorSpec, alpha: complex = 1, **_: object) -> Cost:
    """self + alpha * other: add 1, and multiply 1 unless alpha is 1"""
    return per_element(1 + (alpha != 1), out)


# Where torch adds a tensor that it knows to hold zeros, it asks its own shape rule, whose pieces arrive instead.
@formula("prims::add", "prims::sub", "prims::mul", "prims::div")
def primitive(*, out: TensorSpec, **_: object) -> Cost:
    """self + other, self - other, self * other, self / other: 1"""
    return per_element(1, out)


@formula(*in_place_too("div"))
def div(*, out: TensorSpec, rounding_mode: str | None = None, **_: object) -> Cost:
    """self / other: divide 1, and round 1 where the quotient is to be rounded"""
    return per_element(1 + (rounding_mode is not None), out)


@formula(*in_place_too("clamp", "clip"))
def clamp(*, out: TensorSpec, min: object = None, max: object = None, **_: object) -> Cost:
    """A comparison with each bound that is given: 1 or 2"""
    return per_element((min is not None) + (max is not None), out)


@formula(
    *in_place_too("floor_divide", "rsqrt", "frac", "xlogy", "deg2rad", "rad2deg", "heaviside"),
    "aten::special_xlog1py",
)
def two(*, out: TensorSpec, **_: object) -> Cost:
    """floor(x / y); 1 / sqrt(x); x - trunc(x); x * log(y) or log1p(y); x * 180 / pi; two comparisons: 2"""
    return per_element(2, out)


@formula(*in_place_too("sgn"))
def sgn(*, out: TensorSpec, **_: object) -> Cost:
    """The sign: 1; of a complex number x / |x|: 2"""
    return per_element(1 + out.is_complex, out)


@formula(*in_place_too("lerp", "sinc", "nan_to_num"), "aten::linalg_cross", "aten::special_entr")
def three(*, out: TensorSpec, **_: object) -> Cost:
    """start + weight * (end - start); sin(pi * x) / (pi * x); three comparisons; a * b - c * d; -x * log(x): 3"""
    return per_element(3, out)


@formula("aten::isfinite")
def isfinite(*, out: TensorSpec, **_: object) -> Cost:
    """(x == x) * (|x| != inf): two comparisons, absolute value, and both: 4"""
    return Cost(other_flops=4 * out.numel)


@formula("aten::allclose")
def allclose(self: TensorSpec, **_: object) -> Cost:
    """x == y or |x - y| <= atol + |rtol * y|, and all of them

    Compare, subtract, absolute value, multiply, absolute value, add, compare, either, all: 9.
    """
    return per_element(9, self)


@formula("aten::_neg_view_copy")
def negative_copy(*, out: TensorSpec, **_: object) -> Cost:
    """A change of sign: 1"""
    return per_element(1, out)


@formula(*in_place_too("addcmul", "addcdiv"))
def addcmul(*, out: TensorSpec, value: complex = 1, **_: object) -> Cost:
    """self + value * tensor1 * tensor2 (or / tensor2): multiply, add 2, and multiply 1 unless value is 1"""
    return per_element(2 + (value != 1), out)


@formula(*in_place_too("mvlgamma"))
def mvlgamma(p: int, *, out: TensorSpec, **_: object) -> Cost:
    """A constant and the sum over i < p of lgamma(x - i / 2): subtract, lgamma, add: 3 * p"""
    return per_element(3 * p, out)


@formula("aten::logaddexp", "aten::logaddexp2")
def logaddexp(*, out: TensorSpec, **_: object) -> Cost:
    """log(exp(x) + exp(y)): two exponentials, add, log: 4"""
    return per_element(4, out)


@formula(*in_place_too("logit"))
def logit(*, out: TensorSpec, eps: float | None = None, **_: object) -> Cost:
    """log(x / (1 - x)): subtract, divide, log: 3, and 2 comparisons where eps bounds x"""
    return per_element(3 if eps is None else 5, out)


@formula("aten::polar")
def polar(*, out: TensorSpec, **_: object) -> Cost:
    """abs * cos(angle) + i * abs * sin(angle): cosine, sine, two products: 4 a complex element"""
    return Cost(other_flops=4 * out.numel)


@formula(*in_place_too("conj_physical"), "aten::_conj_physical", "aten::_conj_copy")
def conj_physical(*, out: TensorSpec, **_: object) -> Cost:
    """The imaginary part's change of sign: 1 a complex element; a real one is its own conjugate"""
    return Cost(other_flops=out.numel if out.is_complex else 0)


@formula("aten::frexp")
def frexp(*, out: Output, **_: object) -> Cost:
    """Mantissa and exponent, by one function of the mathematical library: 1"""
    return per_element(1, first(out))
