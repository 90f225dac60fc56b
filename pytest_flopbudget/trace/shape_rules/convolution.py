"""Output shapes of convolutions, where every operand is plainly laid out, or of images with their channels last."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch

from pytest_flopbudget.trace.dataless import CPU, dataless
from pytest_flopbudget.trace.shape_rules.layout import has_channels_last, ordered_strides
from pytest_flopbudget.trace.shape_rules.marking import rule
from pytest_flopbudget.trace.shape_rules.refusing import same_dtype

_MOST_SPATIAL = 3
_IMAGES = 4
_KEPT = (torch.float32, torch.float16, torch.bfloat16)


def _convolution(
    spatial: int,
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: Sequence[int] = (1,),
    padding: Sequence[int] = (0,),
    dilation: Sequence[int] = (1,),
    groups: int = 1,
) -> torch.Tensor | None:
    """[N, C_out, *out] = conv([N, C_in, *in], [C_out, C_in / groups, *kernel])"""
    same_dtype("a convolution", input, weight, bias)
    batched = input.dim() == weight.dim()
    if not _goes_with(spatial, input, weight, groups, batched=batched, channels=weight.shape[1] * groups):
        return None
    if weight.shape[0] % groups or (bias is not None and bias.shape != weight.shape[:1]):
        return None
    kernel = weight.shape[2:]
    strides, paddings, dilations = (each(value, len(kernel)) for value in (stride, padding, dilation))
    if min(strides) <= 0 or min(paddings) < 0 or min(dilations) <= 0:
        return None
    out = [
        (size + 2 * pad - dilate * (width - 1) - 1) // step + 1
        for size, width, step, pad, dilate in zip(
            input.shape[-len(kernel) :], kernel, strides, paddings, dilations, strict=True
        )
    ]
    if min(out) <= 0:
        return None
    leading = (input.shape[0],) if batched else ()
    return _laid_out(input, weight, (*leading, weight.shape[0], *out))


def _transposed(
    spatial: int,
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: Sequence[int] = (1,),
    padding: Sequence[int] = (0,),
    output_padding: Sequence[int] = (0,),
    groups: int = 1,
    dilation: Sequence[int] = (1,),
) -> torch.Tensor | None:
    """[N, C_out, *out] = conv_transpose([N, C_in, *in], [C_in, C_out / groups, *kernel])"""
    same_dtype("a convolution", input, weight)
    batched = input.dim() == weight.dim()
    if not _goes_with(spatial, input, weight, groups, batched=batched, channels=weight.shape[0]):
        return None
    channels = weight.shape[1] * groups
    if bias is not None and (tuple(bias.shape) != (channels,) or bias.dtype != input.dtype):
        return None
    kernel = weight.shape[2:]
    count = len(kernel)
    strides, paddings, dilations, extra = (each(value, count) for value in (stride, padding, dilation, output_padding))
    if min(strides) <= 0 or min(paddings) < 0 or min(extra) < 0 or min(dilations) <= 0:
        return None
    if any(pad >= max(step, dilate) for pad, step, dilate in zip(extra, strides, dilations, strict=True)):
        return None
    out = [
        (size - 1) * step - 2 * pad + dilate * (width - 1) + more + 1
        for size, width, step, pad, dilate, more in zip(
            input.shape[-count:], kernel, strides, paddings, dilations, extra, strict=True
        )
    ]
    if min(out) <= 0:
        return None
    leading = (input.shape[0],) if batched else ()
    return _laid_out(input, weight, (*leading, channels, *out))


def _goes_with(
    spatial: int, input: torch.Tensor, weight: torch.Tensor, groups: int, *, batched: bool, channels: int
) -> bool:
    if weight.dim() != spatial + 2 or groups < 1 or not (batched or input.dim() == weight.dim() - 1):
        return False
    if input.shape[-spatial - 1] != channels or channels % groups:
        return False
    return bool(input.numel() and weight.numel())


def _laid_out(input: torch.Tensor, weight: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor | None:
    """Plain for plain operands; with its channels last where the kernels of the CPU put them there."""
    if _standard(input) and _standard(weight):
        return dataless(shape, input.dtype, device=input.device)
    # Of doubles some versions of torch keep no layout. Its own data-less kernel never puts channels last.
    if input.dim() != _IMAGES or input.device != CPU or input.dtype not in _KEPT:
        return None
    if not (has_channels_last(input) or has_channels_last(weight)):
        return None
    strides = ordered_strides(shape, (0, 2, 3, 1))
    return dataless(shape, input.dtype, stride=strides, device=input.device)


def _standard(tensor: torch.Tensor) -> bool:
    """Whether strides are the plain ones; a contiguous tensor of one channel may have its channels last too."""
    expected = 1
    for size, stride in zip(reversed(tensor.shape), reversed(tensor.stride()), strict=True):
        if stride != expected:
            return False
        expected *= size
    return True


def each(value: Sequence[int], count: int) -> Sequence[int]:
    """One number for each dimension, where one may stand for all."""
    return value if len(value) == count else tuple(value) * count


conv1d, conv2d, conv3d = (rule(f"aten::conv{spatial}d")(partial(_convolution, spatial)) for spatial in (1, 2, 3))
conv_transpose1d, conv_transpose2d, conv_transpose3d = (
    rule(overload)(partial(_transposed, spatial))
    for spatial, overload in enumerate(
        ("aten::conv_transpose1d", "aten::conv_transpose2d.input", "aten::conv_transpose3d.input"), start=1
    )
)


@rule("aten::convolution")
def convolution(
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
) -> torch.Tensor | None:
    """[N, C_out, *out] = convolution([N, C_in, *in], [C_out, C_in / groups, *kernel]), or transposed"""
    spatial = weight.dim() - 2
    if input.dim() != weight.dim() or not 1 <= spatial <= _MOST_SPATIAL:
        return None
    if transposed:
        return _transposed(spatial, input, weight, bias, stride, padding, output_padding, groups, dilation)
    return _convolution(spatial, input, weight, bias, stride, padding, dilation, groups)


@rule("aten::convolution_backward")
def convolution_backward(
    grad_output: torch.Tensor,
    input: torch.Tensor,
    weight: torch.Tensor,
    bias_sizes: Sequence[int] | None,
    *attributes: object,
) -> tuple[torch.Tensor | None, torch.Tensor | None, torch.Tensor | None] | None:
    """[N, C_in, *in], [C_out, C_in / groups, *kernel], [C_out] = convolution_backward([N, C_out, *out], ...)"""
    if not grad_output.dtype == input.dtype == weight.dtype:
        return None
    asked = attributes[-1]
    # The gradient is laid out anew, as the input is.
    if not isinstance(asked, Sequence) or not (_standard(input) and _standard(weight)):
        return None
    if not all(tensor.numel() for tensor in (grad_output, input, weight)):
        return None
    if (asked[2] and bias_sizes is None) or not input.dim() == weight.dim() == grad_output.dim():
        return None
    shapes = (input.shape, weight.shape, bias_sizes or ())
    of_input, of_weight, of_bias = (
        dataless(shape, input.dtype, device=input.device) if each else None
        for shape, each in zip(shapes, asked, strict=True)
    )
    return of_input, of_weight, of_bias
