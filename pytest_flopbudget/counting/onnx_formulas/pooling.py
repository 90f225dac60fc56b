"""Pooling and resizing: FLOPs an output element, by torch's conventions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.elements import Output, first, per_element
from pytest_flopbudget.counting.formulas.upsampling import CUBIC, LINEAR
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.onnx_formulas.naming import onnx
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(*onnx("MaxPool"))
def max_pool(kernel_shape: Sequence[int], *, out: Output, **_: object) -> Cost:
    """[n, c, *out] = MaxPool([n, c, *in]): kernel - 1 comparisons an output element"""
    return per_element(math.prod(kernel_shape) - 1, first(out))


@formula(*onnx("AveragePool"))
def average_pool(kernel_shape: Sequence[int], *, out: TensorSpec, **_: object) -> Cost:
    """[n, c, *out] = AveragePool([n, c, *in]): kernel - 1 additions and a division an output element"""
    return per_element(math.prod(kernel_shape), out)


@formula(*onnx("GlobalAveragePool"))
def global_average_pool(X: TensorSpec, **_: object) -> Cost:
    """[n, c, 1, ...] = GlobalAveragePool([n, c, *in]): n - k additions and k divisions: n"""
    return per_element(1, X)


@formula(*onnx("GlobalMaxPool"))
def global_max_pool(X: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[n, c, 1, ...] = GlobalMaxPool([n, c, *in]): n - k comparisons"""
    return Cost(other_flops=X.numel - out.numel)


@formula(*onnx("Resize Upsample"))
def resize(*, out: TensorSpec, mode: str = "nearest", **_: object) -> Cost:
    """Nearest neighbours are copies; linear and cubic interpolations along each of d dimensions of space

    Interpolations an output element: 2 ** d - 1 linear ones of 3, or (4 ** d - 1) / 3 cubic ones of 7.
    """
    dims = len(out.shape) - 2
    if mode == "nearest":
        return Cost()
    return per_element((4**dims - 1) // 3 * CUBIC if mode == "cubic" else (2**dims - 1) * LINEAR, out)
