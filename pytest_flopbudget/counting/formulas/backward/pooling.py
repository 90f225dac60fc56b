"""The adjoints of pooling: every element of the gradient is added to the places that it came from."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.elements import per_element, window
from pytest_flopbudget.counting.formulas.pooling import adaptive_windows
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(
    "aten::max_pool2d_with_indices_backward",
    "aten::max_pool3d_with_indices_backward",
    "aten::adaptive_max_pool2d_backward",
    "aten::adaptive_max_pool3d_backward",
    "aten::fractional_max_pool2d_backward",
    "aten::fractional_max_pool3d_backward",
    "aten::max_pool2d_backward",
    "aten::mkldnn_max_pool2d_backward",
    "aten::mkldnn_max_pool3d_backward",
)
def max_pool_backward(grad_output: TensorSpec, **_: object) -> Cost:
    """[n, c, *size] = the gradient [n, c, *out], each element added to the place of its maximum: 1"""
    return per_element(1, grad_output)


@formula("aten::avg_pool2d_backward")
def avg_pool2d_backward(grad_output: TensorSpec, kernel_size: Sequence[int], **_: object) -> Cost:
    """[n, c, *size] = the gradient [n, c, *out], each element divided and added to its window: 1 + kernel"""
    return per_element(1 + window(kernel_size, 2), grad_output)


@formula("aten::avg_pool3d_backward")
def avg_pool3d_backward(grad_output: TensorSpec, kernel_size: Sequence[int], **_: object) -> Cost:
    """[n, c, *size] = the gradient [n, c, *out], each element divided and added to its window: 1 + kernel"""
    return per_element(1 + window(kernel_size, 3), grad_output)


@formula("aten::_adaptive_avg_pool2d_backward", "aten::mkldnn_adaptive_avg_pool2d_backward")
def adaptive_avg_pool2d_backward(grad_output: TensorSpec, self: TensorSpec, **_: object) -> Cost:
    """[n, c, *size] = the gradient [n, c, *out], each element divided and added to its window of w: 1 + w"""
    return per_element(1, grad_output) + Cost(other_flops=adaptive_windows(self, grad_output, 2))


@formula("aten::_adaptive_avg_pool3d_backward", "aten::adaptive_avg_pool3d_backward")
def adaptive_avg_pool3d_backward(grad_output: TensorSpec, self: TensorSpec, **_: object) -> Cost:
    """[n, c, *size] = the gradient [n, c, *out], each element divided and added to its window of w: 1 + w"""
    return per_element(1, grad_output) + Cost(other_flops=adaptive_windows(self, grad_output, 3))
