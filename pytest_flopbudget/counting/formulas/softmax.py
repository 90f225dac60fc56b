"""Softmax: along each row, in the form that does not overflow. Here n is the input's elements."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import rows
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::softmax", "aten::_softmax")
def softmax(self: TensorSpec, dim: int, **_: object) -> Cost:
    """exp(x - max) / sum(exp(x - max)): n - rows comparisons, n subtractions, n exp, n - rows additions, n divisions

    Together 5 * n - 2 * rows.
    """
    count, length = rows(self, dim)
    return Cost(other_flops=count * (5 * length - 2)) if length else Cost()


@formula("aten::log_softmax", "aten::_log_softmax")
def log_softmax(self: TensorSpec, dim: int, **_: object) -> Cost:
    """(x - max) - log(sum(exp(x - max))): softmax without its divisions, a log a row, n subtractions

    Together n - rows, n, n, n - rows, rows and n: 5 * n - rows.
    """
    count, length = rows(self, dim)
    return Cost(other_flops=count * (5 * length - 1)) if length else Cost()


@formula("aten::_masked_softmax")
def masked_softmax(self: TensorSpec, *, dim: int | None = None, **_: object) -> Cost:
    """softmax, of the last dimension where none is given; what a mask leaves out is counted all the same"""
    return softmax(self, -1 if dim is None else dim)


@formula("aten::_safe_softmax")
def safe_softmax(self: TensorSpec, dim: int, **_: object) -> Cost:
    """softmax, and 0 in rows that are all -inf: n comparisons, n - rows logical operations"""
    count, length = rows(self, dim)
    masked = Cost(other_flops=count * (2 * length - 1)) if length else Cost()
    return softmax(self, dim) + masked
