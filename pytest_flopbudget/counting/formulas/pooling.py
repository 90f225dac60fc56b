"""Pooling: a window of w elements combines to one output element in w - 1 operations.

Windows of a fixed kernel count whole, padding included, as in a convolution. Adaptive windows count exactly:
window i of ``out`` over ``size`` reaches from floor(i * size / out) to ceil((i + 1) * size / out), so that the
windows of a dimension hold size + out - gcd(size, out) elements together. Indices cost nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.elements import Output, first, per_element, window
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::max_pool1d", "aten::max_pool1d_with_indices")
def max_pool1d(kernel_size: Sequence[int], *, out: Output, **_: object) -> Cost:
    """[n, c, out] = max_pool1d([n, c, size]): kernel - 1 comparisons an output element"""
    return _max_pool(kernel_size, 1, out)


@formula("aten::max_pool2d", "aten::max_pool2d_with_indices", "aten::mkldnn_max_pool2d", "aten::fractional_max_pool2d")
def max_pool2d(kernel_size: Sequence[int], *, out: Output, **_: object) -> Cost:
    """[n, c, *out] = max_pool2d([n, c, *size]): kernel - 1 comparisons an output element"""
    return _max_pool(kernel_size, 2, out)


@formula("aten::max_pool3d", "aten::max_pool3d_with_indices", "aten::mkldnn_max_pool3d", "aten::fractional_max_pool3d")
def max_pool3d(kernel_size: Sequence[int], *, out: Output, **_: object) -> Cost:
    """[n, c, *out] = max_pool3d([n, c, *size]): kernel - 1 comparisons an output element"""
    return _max_pool(kernel_size, 3, out)


@formula("aten::avg_pool1d")
def avg_pool1d(kernel_size: Sequence[int], *, out: TensorSpec, **_: object) -> Cost:
    """[n, c, out] = avg_pool1d([n, c, size]): kernel - 1 additions and a division an output element"""
    return per_element(window(kernel_size, 1), out)


@formula("aten::avg_pool2d")
def avg_pool2d(kernel_size: Sequence[int], *, out: TensorSpec, **_: object) -> Cost:
    """[n, c, *out] = avg_pool2d([n, c, *size]): kernel - 1 additions and a division an output element"""
    return per_element(window(kernel_size, 2), out)


@formula("aten::avg_pool3d")
def avg_pool3d(kernel_size: Sequence[int], *, out: TensorSpec, **_: object) -> Cost:
    """[n, c, *out] = avg_pool3d([n, c, *size]): kernel - 1 additions and a division an output element"""
    return per_element(window(kernel_size, 3), out)


@formula("aten::adaptive_avg_pool1d")
def adaptive_avg_pool1d(self: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[n, c, out] = adaptive_avg_pool1d([n, c, size]): w - 1 additions and a division for a window of w"""
    return Cost(other_flops=adaptive_windows(self, out, 1))


@formula("aten::adaptive_avg_pool2d", "aten::_adaptive_avg_pool2d", "aten::mkldnn_adaptive_avg_pool2d")
def adaptive_avg_pool2d(self: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[n, c, *out] = adaptive_avg_pool2d([n, c, *size]): w - 1 additions and a division for a window of w"""
    return Cost(other_flops=adaptive_windows(self, out, 2))


@formula("aten::adaptive_avg_pool3d", "aten::_adaptive_avg_pool3d")
def adaptive_avg_pool3d(self: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[n, c, *out] = adaptive_avg_pool3d([n, c, *size]): w - 1 additions and a division for a window of w"""
    return Cost(other_flops=adaptive_windows(self, out, 3))


@formula("aten::adaptive_max_pool1d")
def adaptive_max_pool1d(self: TensorSpec, *, out: Output, **_: object) -> Cost:
    """[n, c, out] = adaptive_max_pool1d([n, c, size]): w - 1 comparisons for a window of w"""
    return _adaptive_max_pool(self, out, 1)


@formula("aten::adaptive_max_pool2d")
def adaptive_max_pool2d(self: TensorSpec, *, out: Output, **_: object) -> Cost:
    """[n, c, *out] = adaptive_max_pool2d([n, c, *size]): w - 1 comparisons for a window of w"""
    return _adaptive_max_pool(self, out, 2)


@formula("aten::adaptive_max_pool3d")
def adaptive_max_pool3d(self: TensorSpec, *, out: Output, **_: object) -> Cost:
    """[n, c, *out] = adaptive_max_pool3d([n, c, *size]): w - 1 comparisons for a window of w"""
    return _adaptive_max_pool(self, out, 3)


def _max_pool(kernel_size: Sequence[int], dims: int, out: Output) -> Cost:
    return per_element(window(kernel_size, dims) - 1, first(out))


def _adaptive_max_pool(self: TensorSpec, out: Output, dims: int) -> Cost:
    return Cost(other_flops=adaptive_windows(self, first(out), dims) - first(out).numel)


def adaptive_windows(self: TensorSpec, out: TensorSpec, dims: int) -> int:
    """The elements of all windows of ``out`` over the last ``dims`` dimensions of ``self``, planes included."""
    planes = math.prod(out.shape[:-dims])
    sizes = zip(self.shape[-dims:], out.shape[-dims:], strict=True)
    return planes * math.prod(size + windows - math.gcd(size, windows) for size, windows in sizes)
