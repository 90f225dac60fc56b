"""The adjoints of softmax, row by row, from the gradient g and the forward's output y."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import rows
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::_softmax_backward_data")
def softmax_backward(output: TensorSpec, dim: int, **_: object) -> Cost:
    """y * (g - sum(y * g)): n products, n - rows additions, n subtractions, n products: 4 * n - rows"""
    count, length = rows(output, dim)
    return Cost(other_flops=count * (4 * length - 1)) if length else Cost()


@formula("aten::_masked_softmax_backward")
def masked_softmax_backward(output: TensorSpec, *, dim: int | None = None, **_: object) -> Cost:
    """The same, of the last dimension where none is given"""
    return softmax_backward(output, -1 if dim is None else dim)


@formula("aten::_log_softmax_backward_data")
def log_softmax_backward(output: TensorSpec, dim: int, **_: object) -> Cost:
    """g - exp(y) * sum(g): n - rows additions, n exp, n products, n subtractions: 4 * n - rows"""
    return softmax_backward(output, dim)
