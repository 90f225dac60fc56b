"""Output shapes of normalisations: the input's, contiguous or with its channels last."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from pytest_flopbudget.trace.dataless import CPU, dataless
from pytest_flopbudget.trace.shape_rules.layout import has_channels_last, is_plain, ordered_strides
from pytest_flopbudget.trace.shape_rules.marking import rule

_HALVES = (torch.float16, torch.bfloat16)
_IMAGES = 4


@rule("aten::batch_norm")
def batch_norm(
    input: torch.Tensor,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    running_mean: torch.Tensor | None,
    running_var: torch.Tensor | None,
    training: bool,
    *_: object,
) -> torch.Tensor | None:
    """[N, C, *] = batch_norm([N, C, *], [C], [C], [C], [C])"""
    if not knows_means(running_mean, running_var, of_input=training):
        return None
    if input.dim() < 2 or not goes_with(input, input.shape[1:2], weight, bias, running_mean, running_var):
        return None
    return batch_normed(input)


@rule("aten::group_norm")
def group_norm(
    input: torch.Tensor,
    num_groups: int,
    weight: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    *_: object,
) -> torch.Tensor | None:
    """[N, C, *] = group_norm([N, C, *], [C], [C])"""
    if input.dim() < 2 or input.shape[1] % num_groups or not goes_with(input, input.shape[1:2], weight, bias):
        return None
    return channels_last_or_plain(input)


@rule("aten::instance_norm")
def instance_norm(
    input: torch.Tensor,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    running_mean: torch.Tensor | None,
    running_var: torch.Tensor | None,
    use_input_stats: bool,
    *_: object,
) -> torch.Tensor | None:
    """[N, C, *] = instance_norm([N, C, *], [C], [C], [C], [C])"""
    if not knows_means(running_mean, running_var, of_input=use_input_stats):
        return None
    if input.dim() < 3 or not is_plain(input):
        return None
    if not goes_with(input, input.shape[1:2], weight, bias, running_mean, running_var):
        return None
    return dataless(input.shape, input.dtype, device=input.device)


@rule("aten::layer_norm")
def layer_norm(
    input: torch.Tensor,
    normalized_shape: Sequence[int],
    weight: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    *_: object,
) -> torch.Tensor | None:
    """[*, *normalized] = layer_norm([*, *normalized], [*normalized], [*normalized])"""
    rank = len(normalized_shape)
    if not 0 < rank <= input.dim() or tuple(input.shape[-rank:]) != tuple(normalized_shape):
        return None
    if not goes_with(input, normalized_shape, weight, bias):
        return None
    return dataless(input.shape, input.dtype, device=input.device)


@rule("aten::rms_norm")
def rms_norm(
    input: torch.Tensor, normalized_shape: Sequence[int], weight: torch.Tensor | None = None, *_: object
) -> torch.Tensor | None:
    """[*, *normalized] = rms_norm([*, *normalized], [*normalized])"""
    # Some versions of torch keep the layout of input and weight, others do not.
    alike = weight is None or (weight.dtype == input.dtype and is_plain(weight))
    return layer_norm(input, normalized_shape, weight) if alike and is_plain(input) else None


def batch_normed(input: torch.Tensor) -> torch.Tensor | None:
    """The same layout, unless sizes of 1 let it be either of the two: then it is not kept."""
    return channels_last_or_plain(input) if is_plain(input) or not input.is_contiguous() else None


def channels_last_or_plain(input: torch.Tensor) -> torch.Tensor | None:
    """One of these two layouts, as the kernels of the CPU give it for any; torch's data-less one keeps others too."""
    if is_plain(input):
        return dataless(input.shape, input.dtype, device=input.device)
    if input.dim() > _IMAGES or input.device != CPU or not input.numel():
        return None
    order = (0, 2, 3, 1) if has_channels_last(input) else range(input.dim())
    return dataless(input.shape, input.dtype, stride=ordered_strides(input.shape, order), device=input.device)


def knows_means(running_mean: torch.Tensor | None, running_var: torch.Tensor | None, *, of_input: bool) -> bool:
    """Whether there are a mean and a variance to norm by: the input's own, or running ones."""
    return (running_mean is None) == (running_var is None) and (of_input or running_mean is not None)


def goes_with(input: torch.Tensor, shape: Sequence[int], *parameters: torch.Tensor | None) -> bool:
    """Whether parameters have a shape, and one element type that goes with the input's."""
    if not input.is_floating_point() or not input.numel():
        return False
    given = [tensor for tensor in parameters if tensor is not None]
    dtypes = {tensor.dtype for tensor in given}
    is_mixed = input.dtype in _HALVES and dtypes == {torch.float32}
    return all(tuple(tensor.shape) == tuple(shape) for tensor in given) and (is_mixed or dtypes <= {input.dtype})


def statistics(input: torch.Tensor, shape: Sequence[int], *parameters: torch.Tensor | None) -> torch.Tensor:
    """A mean or deviation that is saved for the backward pass: in the parameters' type."""
    dtype = next((tensor.dtype for tensor in parameters if tensor is not None), input.dtype)
    return dataless(shape, dtype, device=input.device)
