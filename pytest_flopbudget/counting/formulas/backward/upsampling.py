"""The adjoints of interpolation: FLOPs an element of the gradient, spread a dimension after the other.

Each dimension in turn multiplies what arrives by its weights (2 in a linear interpolation, 4 in a cubic one); at
the end each product is added to its place. The weights depend on the position alone and are not counted.
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(
    "aten::upsample_nearest1d_backward",
    "aten::upsample_nearest2d_backward",
    "aten::upsample_nearest3d_backward",
    "aten::_upsample_nearest_exact1d_backward",
    "aten::_upsample_nearest_exact2d_backward",
    "aten::_upsample_nearest_exact3d_backward",
)
def upsample_nearest_backward(grad_output: TensorSpec, **_: object) -> Cost:
    """[n, c, *size] = the gradient [n, c, *out], each element added to its source: 1"""
    return per_element(1, grad_output)


@formula("aten::upsample_linear1d_backward")
def upsample_linear1d_backward(grad_output: TensorSpec, **_: object) -> Cost:
    """[n, c, size] = the gradient [n, c, out]: 2 products, 2 additions: 4"""
    return per_element(2 + 2, grad_output)


@formula("aten::upsample_bilinear2d_backward")
def upsample_bilinear2d_backward(grad_output: TensorSpec, **_: object) -> Cost:
    """[n, c, *size] = the gradient [n, c, *out]: 2 + 4 products, 4 additions: 10"""
    return per_element(2 + 4 + 4, grad_output)


@formula("aten::upsample_trilinear3d_backward")
def upsample_trilinear3d_backward(grad_output: TensorSpec, **_: object) -> Cost:
    """[n, c, *size] = the gradient [n, c, *out]: 2 + 4 + 8 products, 8 additions: 22"""
    return per_element(2 + 4 + 8 + 8, grad_output)


@formula("aten::upsample_bicubic2d_backward")
def upsample_bicubic2d_backward(grad_output: TensorSpec, **_: object) -> Cost:
    """[n, c, *size] = the gradient [n, c, *out]: 4 + 16 products, 16 additions: 36"""
    return per_element(4 + 16 + 16, grad_output)
