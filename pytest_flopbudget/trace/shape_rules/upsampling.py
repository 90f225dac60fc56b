"""Output shapes of interpolation between the elements of images."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules.layout import is_plain
from pytest_flopbudget.trace.shape_rules.marking import rule

_IMAGES = 4


@rule("aten::upsample_bilinear2d.vec")
def bilinear(
    input: torch.Tensor,
    output_size: Sequence[int] | None,
    align_corners: bool,  # noqa: ARG001
    scale_factors: Sequence[float] | None = None,
) -> torch.Tensor | None:
    """[N, C, *out] = upsample_bilinear2d([N, C, *in])"""
    return _resized(input, output_size, scale_factors)


@rule("aten::upsample_nearest2d.vec")
def nearest(
    input: torch.Tensor, output_size: Sequence[int] | None, scale_factors: Sequence[float] | None = None
) -> torch.Tensor | None:
    """[N, C, *out] = upsample_nearest2d([N, C, *in])"""
    return _resized(input, output_size, scale_factors)


def _resized(
    input: torch.Tensor, output_size: Sequence[int] | None, scale_factors: Sequence[float] | None
) -> torch.Tensor | None:
    # Strides of sizes of 1 may say that the channels come last, and torch listens.
    if input.dim() != _IMAGES or not is_plain(input) or not input.numel() or not input.is_floating_point():
        return None
    if (output_size is None) == (scale_factors is None):
        return None
    asked: Sequence[float] = output_size or scale_factors or ()
    if len(asked) != _IMAGES - 2:
        return None
    if scale_factors is not None:
        sizes = [math.floor(size * scale) for size, scale in zip(input.shape[2:], asked, strict=True)]
    else:
        sizes = [int(size) for size in asked]
    if min(sizes) <= 0:
        return None
    return dataless((*input.shape[:2], *sizes), input.dtype, device=input.device)
