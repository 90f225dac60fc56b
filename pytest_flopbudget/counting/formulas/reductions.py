"""Reductions: n elements combine to one in n - 1 operations.

With the division of a mean or the root of a norm that is n for each output element. The convention stands in
``elements.py``. Here n is the input's elements and k the output's.
"""

from __future__ import annotations

import math

from pytest_flopbudget.counting.formulas.elements import Output, first, per_element, real_numbers, rows
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(
    "aten::sum",
    "aten::prod",
    "aten::amax",
    "aten::amin",
    "aten::argmax",
    "aten::argmin",
    "aten::any",
    "aten::all",
    "aten::_is_any_true",
    "aten::_is_all_true",
    "aten::hash_tensor",
)
def combined(self: TensorSpec, *, out: Output, **_: object) -> Cost:
    """n - 1 additions, products, comparisons or bit operations for each output element: n - k"""
    return Cost(other_flops=_steps(self, out))


@formula("aten::max", "aten::min")
def largest(self: TensorSpec, *, out: Output, other: TensorSpec | None = None, **_: object) -> Cost:
    """The largest of a dimension: n - k; of two tensors, element by element: k"""
    return Cost(other_flops=_steps(self, out)) if other is None else per_element(1, first(out))


@formula("aten::aminmax", "aten::_aminmax")
def aminmax(self: TensorSpec, *, out: Output, **_: object) -> Cost:
    """The smallest and the largest: 2 * (n - k)"""
    return Cost(other_flops=2 * _steps(self, out))


@formula("aten::mean")
def mean(self: TensorSpec, **_: object) -> Cost:
    """n - k additions and k divisions: n"""
    return per_element(1, self)


@formula("aten::nansum")
def nansum(self: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """A test for nan of each element, then the sum: 2 * n - k"""
    return per_element(1, self) + combined(self, out=out)


@formula("aten::count_nonzero")
def count_nonzero(self: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """A comparison of each element with 0, then the sum: 2 * n - k"""
    return per_element(1, self) + combined(self, out=out)


@formula("aten::var", "aten::var_mean")
def var(self: TensorSpec, **_: object) -> Cost:
    """The mean n; subtract it, square, add, divide: 3 * n: together 4 * n"""
    return per_element(4, self)


@formula("aten::std", "aten::std_mean")
def std(self: TensorSpec, *, out: Output, **_: object) -> Cost:
    """The variance 4 * n, and its square root k"""
    return per_element(4, self) + per_element(1, first(out))


@formula("aten::logsumexp")
def logsumexp(self: TensorSpec, **_: object) -> Cost:
    """max + log(sum(exp(x - max))): n - k comparisons, n subtractions, n exp, n - k additions, k log, k additions"""
    return per_element(4, self)


@formula("aten::linalg_vector_norm")
def vector_norm(self: TensorSpec, *, out: TensorSpec, ord: float = 2, **_: object) -> Cost:
    """(sum of |x| ** ord) ** (1 / ord)

    By ord: 2, square, add, root: 2 * n. 1, absolute value, add: 2 * n - k. Infinite, absolute value, compare:
    2 * n - k. 0, compare with 0, add: 2 * n - k. Any other: absolute value, power, add, root: 3 * n.
    """
    if ord in (0, 1, math.inf, -math.inf):
        return per_element(1, self) + combined(self, out=out)
    return per_element(2 if ord == 2 else 3, self)


@formula("aten::linalg__powsum")
def powsum(self: TensorSpec, *, out: TensorSpec, ord: float = 2, **_: object) -> Cost:
    """The sum of |x| ** ord: the vector norm without its root: k less, which infinite orders, 0 and 1 do not have"""
    root = out.numel if ord not in (0, 1, math.inf, -math.inf) and self.numel else 0
    norm = vector_norm(self, out=out, ord=ord)
    return Cost(other_flops=norm.other_flops - real_numbers(self) * root)


@formula("aten::norm", "aten::native_norm")
def norm(self: TensorSpec, *, out: TensorSpec, p: float | None = 2, **_: object) -> Cost:
    """The vector norm of order p, 2 where p is None"""
    return vector_norm(self, out=out, ord=2 if p is None else p)


@formula("aten::trace")
def trace(self: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """The sum of a diagonal"""
    return combined(TensorSpec((min(self.shape),), self.dtype), out=out)


@formula("aten::equal")
def equal(self: TensorSpec, **_: object) -> Cost:
    """A comparison of each pair of elements: n"""
    return per_element(1, self)


@formula("aten::cumsum", "aten::cumsum_", "aten::cumprod", "aten::cumprod_", "aten::cummax", "aten::cummin")
def cumulative(self: TensorSpec, dim: int, **_: object) -> Cost:
    """Each element but the first of a row is combined with what stands before it: n - rows"""
    return Cost(other_flops=_cumulative_steps(self, dim))


@formula("aten::_cummax_helper", "aten::_cummin_helper")
def cumulative_helper(self: TensorSpec, dim: int, **_: object) -> Cost:
    """cummax or cummin into tensors that are there: n - rows"""
    return cumulative(self, dim)


@formula("aten::logcumsumexp", "aten::_logcumsumexp")
def logcumsumexp(self: TensorSpec, dim: int, **_: object) -> Cost:
    """log(exp(x) + exp(y)), 4, for each element but the first of a row"""
    return Cost(other_flops=4 * _cumulative_steps(self, dim))


def _steps(tensor: TensorSpec, out: Output) -> int:
    return real_numbers(tensor) * (tensor.numel - first(out).numel) if tensor.numel else 0


def _cumulative_steps(tensor: TensorSpec, dim: int) -> int:
    count, length = rows(tensor, dim)
    return real_numbers(tensor) * (tensor.numel - count) if length else 0
