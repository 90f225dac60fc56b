"""Operators on lists of tensors, as optimisers run them: each tensor costs what the operator on one tensor does."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.counting.formulas import activations, elementwise, matmul, reductions
from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.marking import FormulaFunction, formula, free
from pytest_flopbudget.counting.operators import Cost, TensorSpec

Tensors = Sequence[TensorSpec]


def _each(*names: str) -> tuple[str, ...]:
    return tuple(operator for name in names for operator in (f"aten::_foreach_{name}", f"aten::_foreach_{name}_"))


COPIES = free(*_each("copy", "zero"), "aten::_foreach_clone", reason="tensors are copied, or filled with a constant")


@formula(
    *_each("abs", "neg", "sign", "reciprocal", "mul", "div", "maximum", "minimum", "clamp_min", "clamp_max"),
    *_each("floor", "ceil", "round", "trunc"),
    *_each("exp", "expm1", "log", "log2", "log10", "log1p", "sqrt", "erf", "erfc", "lgamma"),
    *_each("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
)
def each_once(self: Tensors, **_: object) -> Cost:
    """An operation or a function of the mathematical library: 1 an element"""
    return _summed(elementwise.arithmetic, self)


@formula(*_each("add", "sub"))
def each_sum(self: Tensors, *, alpha: complex = 1, **_: object) -> Cost:
    """self + alpha * other, self - alpha * other: add 1, and multiply 1 unless alpha is 1"""
    return sum((elementwise.add(out=tensor, alpha=alpha) for tensor in self), Cost())


@formula("aten::_foreach_pow", "aten::_foreach_pow_")
def each_power(exponent: object, *, self: object = None, **_: object) -> Cost:
    """A power: 1 an element, of the exponents where a number is raised to them"""
    tensors = self if isinstance(self, tuple) else exponent
    return _summed(elementwise.arithmetic, tensors if isinstance(tensors, tuple) else ())


@formula(*_each("frac", "rsqrt"))
def each_twice(self: Tensors, **_: object) -> Cost:
    """x - trunc(x); 1 / sqrt(x): 2"""
    return _summed(elementwise.two, self)


@formula(*_each("lerp"))
def each_lerp(self: Tensors, **_: object) -> Cost:
    """start + weight * (end - start): 3"""
    return _summed(elementwise.three, self)


@formula(*_each("sigmoid"))
def each_sigmoid(self: Tensors, **_: object) -> Cost:
    """1 / (1 + exp(-x)): 4"""
    return _summed(activations.sigmoid, self)


@formula(*_each("addcmul", "addcdiv"))
def each_addcmul(self: Tensors, *, value: complex = 1, scalars: object = None, **_: object) -> Cost:
    """self + value * tensor1 * tensor2 (or / tensor2): multiply, add 2, and multiply 1 unless value is 1"""
    scaled = scalars is not None or value != 1
    return sum((per_element(2 + scaled, tensor) for tensor in self), Cost())


@formula("aten::_foreach_norm")
def each_norm(self: Tensors, *, out: Tensors, ord: float = 2, **_: object) -> Cost:
    """The vector norm of each tensor"""
    norms = (reductions.vector_norm(tensor, out=norm, ord=ord) for tensor, norm in zip(self, out, strict=True))
    return sum(norms, Cost())


@formula("aten::_foreach_powsum")
def each_powsum(self: Tensors, *, out: Tensors, ord: float = 2, **_: object) -> Cost:
    """The sum of |x| ** ord of each tensor"""
    sums = (reductions.powsum(tensor, out=each, ord=ord) for tensor, each in zip(self, out, strict=True))
    return sum(sums, Cost())


@formula("aten::_foreach_max")
def each_max(self: Tensors, *, out: Tensors, **_: object) -> Cost:
    """The largest of each tensor: n - 1 comparisons"""
    return sum((reductions.combined(tensor, out=each) for tensor, each in zip(self, out, strict=True)), Cost())


@formula("aten::_foreach_mm")
def each_mm(self: Tensors, *, out: Tensors, **_: object) -> Cost:
    """A matrix product each: n × m × p MACs"""
    return sum((matmul.matmul(tensor, out=each) for tensor, each in zip(self, out, strict=True)), Cost())


def _summed(function: FormulaFunction, tensors: Tensors) -> Cost:
    return sum((function(out=tensor) for tensor in tensors), Cost())
