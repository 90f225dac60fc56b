"""Reductions: n elements combine to k. The axes are seen in the output's shape."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas import ordering, reductions
from pytest_flopbudget.counting.formulas.elements import Output, first, per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.onnx_formulas.naming import onnx
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(*onnx("ReduceSum ReduceProd ReduceMax ReduceMin ArgMax ArgMin"))
def combined(data: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """n - 1 additions, products or comparisons for each output element: n - k"""
    return reductions.combined(data, out=out)


@formula(*onnx("ReduceMean ReduceLogSum"))
def mean(data: TensorSpec, **_: object) -> Cost:
    """n - k additions and k divisions, or logarithms: n"""
    return reductions.mean(data)


@formula(*onnx("ReduceL1 ReduceSumSquare"))
def of_each(data: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """The absolute value or the square of each, then the sum: 2 * n - k"""
    return per_element(1, data) + reductions.combined(data, out=out)


@formula(*onnx("ReduceL2"))
def root(data: TensorSpec, **_: object) -> Cost:
    """Square, add, root: 2 * n"""
    return per_element(2, data)


@formula(*onnx("ReduceLogSumExp"))
def logsumexp(data: TensorSpec, **_: object) -> Cost:
    """max + log(sum(exp(x - max))): 4 * n"""
    return reductions.logsumexp(data)


@formula(*onnx("CumSum"))
def cumulative(x: TensorSpec, **_: object) -> Cost:
    """Each element is added to the sum before it: n, at most"""
    return per_element(1, x)


@formula(*onnx("TopK"))
def topk(X: TensorSpec, *, out: Output, axis: int = -1, **_: object) -> Cost:
    """Each of a row's n elements meets the least of a heap of k and sinks into it, as in torch's topk"""
    return ordering.topk(X, k=first(out).shape[axis], dim=axis)
