"""Output shapes of pooling."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules.convolution import each
from pytest_flopbudget.trace.shape_rules.layout import is_plain
from pytest_flopbudget.trace.shape_rules.marking import rule

_DIMENSIONS = 2


@rule("aten::max_pool2d")
def max_pool2d(
    self: torch.Tensor,
    kernel_size: Sequence[int],
    stride: Sequence[int] = (),
    padding: Sequence[int] = (0,),
    dilation: Sequence[int] = (1,),
    ceil_mode: bool = False,
) -> torch.Tensor | None:
    """[N, C, *out] = max_pool2d([N, C, *in])"""
    return None if ceil_mode else _pooled(self, kernel_size, stride or kernel_size, padding, dilation)


@rule("aten::max_pool2d_with_indices")
def max_pool2d_with_indices(
    self: torch.Tensor,
    kernel_size: Sequence[int],
    stride: Sequence[int] = (),
    padding: Sequence[int] = (0,),
    dilation: Sequence[int] = (1,),
    ceil_mode: bool = False,
) -> tuple[torch.Tensor, torch.Tensor] | None:
    """[N, C, *out], int64 [N, C, *out] = max_pool2d_with_indices([N, C, *in])"""
    out = max_pool2d(self, kernel_size, stride, padding, dilation, ceil_mode)
    return None if out is None else (out, dataless(out.shape, torch.int64, device=self.device))


@rule("aten::max_pool2d_with_indices_backward", "aten::avg_pool2d_backward")
def backward(grad_output: torch.Tensor, self: torch.Tensor, *_: object) -> torch.Tensor | None:
    """[N, C, *in] = max_pool2d_backward([N, C, *out], [N, C, *in])"""
    fits = grad_output.dtype == self.dtype and grad_output.shape[:-2] == self.shape[:-2]
    if not fits or not _covered(self) or not is_plain(grad_output):
        return None
    return dataless(self.shape, self.dtype, device=self.device)


@rule("aten::avg_pool2d")
def avg_pool2d(
    self: torch.Tensor,
    kernel_size: Sequence[int],
    stride: Sequence[int] = (),
    padding: Sequence[int] = (0,),
    ceil_mode: bool = False,
    *_: object,
) -> torch.Tensor | None:
    """[N, C, *out] = avg_pool2d([N, C, *in])"""
    return None if ceil_mode else _pooled(self, kernel_size, stride or kernel_size, padding, (1,))


@rule("aten::adaptive_avg_pool2d")
def adaptive_avg_pool2d(self: torch.Tensor, output_size: Sequence[int]) -> torch.Tensor | None:
    """[N, C, *out] = adaptive_avg_pool2d([N, C, *in], [*out])"""
    if not _covered(self) or len(output_size) != _DIMENSIONS or min(output_size) <= 0:
        return None
    return dataless((*self.shape[:-2], *output_size), self.dtype, device=self.device)


def _pooled(
    input: torch.Tensor,
    kernel_size: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
) -> torch.Tensor | None:
    kernel, strides, paddings, dilations = (
        each(value, _DIMENSIONS) for value in (kernel_size, stride, padding, dilation)
    )
    if not _covered(input) or min(*kernel, *strides, *dilations) <= 0 or min(paddings) < 0:
        return None
    if any(2 * pad > width for pad, width in zip(paddings, kernel, strict=True)):
        return None
    out = [
        (size + 2 * pad - dilate * (width - 1) - 1) // step + 1
        for size, width, step, pad, dilate in zip(input.shape[-2:], kernel, strides, paddings, dilations, strict=True)
    ]
    return None if min(out) <= 0 else dataless((*input.shape[:-2], *out), input.dtype, device=input.device)


def _covered(input: torch.Tensor) -> bool:
    # Strides of sizes of 1 may say that the channels come last, and torch listens.
    return input.dim() in (3, 4) and is_plain(input) and input.numel() > 0 and input.is_floating_point()
