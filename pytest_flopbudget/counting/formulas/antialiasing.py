"""Interpolation with an antialiasing filter: the width first, then the height, each by windows over the input.

A window reaches as far from its centre as the filter does (1 linear, 2 cubic, 3 Lanczos), stretched where the
picture shrinks, and ends at the borders. A window of w elements is w products and w - 1 sums; its weights depend
on the position alone and are not counted. The adjoint multiplies and adds for each element of each window.
Source: Pillow's resampling, which torch's operators follow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.elements import real_numbers
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

_REACH = {"linear": 1, "cubic": 2, "lanczos": 3}


@formula("aten::_upsample_bilinear2d_aa")
def upsample_bilinear2d_aa(
    *,
    out: TensorSpec,
    align_corners: bool,
    self: TensorSpec | None = None,
    input: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[n, c, *out] = upsample_bilinear2d_aa([n, c, *size])"""
    return _resampled(self or input or out, out, "linear", align_corners)


@formula("aten::_upsample_bicubic2d_aa")
def upsample_bicubic2d_aa(
    *,
    out: TensorSpec,
    align_corners: bool,
    self: TensorSpec | None = None,
    input: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[n, c, *out] = upsample_bicubic2d_aa([n, c, *size])"""
    return _resampled(self or input or out, out, "cubic", align_corners)


@formula("aten::_upsample_lanczos2d_aa")
def upsample_lanczos2d_aa(
    *,
    out: TensorSpec,
    align_corners: bool,
    self: TensorSpec | None = None,
    input: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[n, c, *out] = upsample_lanczos2d_aa([n, c, *size])"""
    return _resampled(self or input or out, out, "lanczos", align_corners)


@formula("aten::_upsample_bilinear2d_aa_backward")
def upsample_bilinear2d_aa_backward(
    grad_output: TensorSpec, align_corners: bool, *, out: TensorSpec, **_: object
) -> Cost:
    """[n, c, *size] = the gradient [n, c, *out], spread over the windows"""
    return _spread(grad_output, out, "linear", align_corners)


@formula("aten::_upsample_bicubic2d_aa_backward")
def upsample_bicubic2d_aa_backward(
    grad_output: TensorSpec, align_corners: bool, *, out: TensorSpec, **_: object
) -> Cost:
    """[n, c, *size] = the gradient [n, c, *out], spread over the windows"""
    return _spread(grad_output, out, "cubic", align_corners)


@formula("aten::_upsample_lanczos2d_aa_backward")
def upsample_lanczos2d_aa_backward(
    grad_output: TensorSpec, align_corners: bool, *, out: TensorSpec, **_: object
) -> Cost:
    """[n, c, *size] = the gradient [n, c, *out], spread over the windows"""
    return _spread(grad_output, out, "lanczos", align_corners)


def _resampled(picture: TensorSpec, out: TensorSpec, kind: str, align_corners: bool) -> Cost:
    rows_in, width_out = picture.shape[-2], out.shape[-1]
    width = sum(2 * size - 1 for size in _windows(picture.shape[-1], width_out, kind, align_corners))
    height = sum(2 * size - 1 for size in _windows(rows_in, out.shape[-2], kind, align_corners))
    return _planes(out, rows_in * width + width_out * height)


def _spread(grad_output: TensorSpec, picture: TensorSpec, kind: str, align_corners: bool) -> Cost:
    rows_in, width_out = picture.shape[-2], grad_output.shape[-1]
    height = sum(_windows(rows_in, grad_output.shape[-2], kind, align_corners))
    width = sum(_windows(picture.shape[-1], width_out, kind, align_corners))
    return _planes(picture, 2 * (width_out * height + rows_in * width))


def _planes(picture: TensorSpec, flops: int) -> Cost:
    return Cost(other_flops=real_numbers(picture) * math.prod(picture.shape[:-2]) * flops)


def _windows(size: int, out: int, kind: str, align_corners: bool) -> Sequence[int]:
    """The elements of each window of one dimension."""
    scale = (size - 1) / (out - 1) if align_corners and out > 1 else size / out
    reach = _REACH[kind] * max(scale, 1)
    centres = [scale * (place + 0.5) for place in range(out)]
    return [min(int(centre + reach + 0.5), size) - max(int(centre - reach + 0.5), 0) for centre in centres]
