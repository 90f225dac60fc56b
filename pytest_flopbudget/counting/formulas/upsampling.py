"""Interpolation: FLOPs an output element; nearest neighbours are copies and stand among the free.

The weights of an upsampling depend on the position alone and are not counted. One linear interpolation
between two values, w0 * a + w1 * b, is two products and a sum; a cubic one takes four products and three sums.
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

LINEAR = 3
CUBIC = 7


@formula("aten::upsample_linear1d")
def upsample_linear1d(*, out: TensorSpec, **_: object) -> Cost:
    """[n, c, out] = upsample_linear1d([n, c, size]): one linear interpolation: 3"""
    return per_element(LINEAR, out)


@formula("aten::upsample_bilinear2d")
def upsample_bilinear2d(*, out: TensorSpec, **_: object) -> Cost:
    """[n, c, *out] = upsample_bilinear2d([n, c, *size]): two along the width, one along the height: 9"""
    return per_element(3 * LINEAR, out)


@formula("aten::upsample_trilinear3d")
def upsample_trilinear3d(*, out: TensorSpec, **_: object) -> Cost:
    """[n, c, *out] = upsample_trilinear3d([n, c, *size]): four, two and one linear interpolations: 21"""
    return per_element(7 * LINEAR, out)


@formula("aten::upsample_bicubic2d")
def upsample_bicubic2d(*, out: TensorSpec, **_: object) -> Cost:
    """[n, c, *out] = upsample_bicubic2d([n, c, *size]): four cubic interpolations and one: 35"""
    return per_element(5 * CUBIC, out)
