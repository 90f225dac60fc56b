"""Output shapes of normalisations as training runs them: with what is saved for the backward pass, and its own."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules.layout import is_plain
from pytest_flopbudget.trace.shape_rules.marking import rule
from pytest_flopbudget.trace.shape_rules.normalisation import batch_normed, goes_with, knows_means, statistics

Three = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
Gradients = tuple[torch.Tensor | None, torch.Tensor | None, torch.Tensor | None]


@rule("aten::native_batch_norm")
def native_batch_norm(
    input: torch.Tensor,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    running_mean: torch.Tensor | None,
    running_var: torch.Tensor | None,
    training: bool,
    *_: object,
) -> Three | None:
    """[N, C, *], [C], [C] = native_batch_norm([N, C, *], [C], [C], [C], [C]); nothing is saved in evaluation"""
    parameters = (weight, bias, running_mean, running_var)
    if not knows_means(running_mean, running_var, of_input=training):
        return None
    if input.dim() < 2 or not goes_with(input, input.shape[1:2], *parameters):
        return None
    out = batch_normed(input)
    if out is None:
        return None
    saved = (input.shape[1] if training else 0,)
    return out, statistics(input, saved, *parameters), statistics(input, saved, *parameters)


@rule("aten::native_batch_norm_backward")
def native_batch_norm_backward(
    grad_out: torch.Tensor,
    input: torch.Tensor,
    weight: torch.Tensor | None,
    running_mean: torch.Tensor | None,
    running_var: torch.Tensor | None,
    save_mean: torch.Tensor | None,  # noqa: ARG001
    save_invstd: torch.Tensor | None,  # noqa: ARG001
    train: bool,  # noqa: ARG001
    eps: float,  # noqa: ARG001
    output_mask: Sequence[bool],
) -> Gradients | None:
    """[N, C, *], [C], [C] = native_batch_norm_backward([N, C, *], [N, C, *], [C]), those that are asked for"""
    if input.dim() < 2 or not goes_with(input, input.shape[1:2], weight, running_mean, running_var):
        return None
    return _gradients(grad_out, input, weight, input.shape[1:2], output_mask)


@rule("aten::native_layer_norm")
def native_layer_norm(
    input: torch.Tensor,
    normalized_shape: Sequence[int],
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    *_: object,
) -> Three | None:
    """[*, *normalized], [*, 1], [*, 1] = native_layer_norm([*, *normalized], [*normalized], [*normalized])"""
    if not _ends_in(input, normalized_shape) or not goes_with(input, normalized_shape, weight, bias):
        return None
    out = dataless(input.shape, input.dtype, device=input.device)
    around = (*input.shape[: input.dim() - len(normalized_shape)], *(1 for _ in normalized_shape))
    return (out, statistics(input, around, weight, bias), statistics(input, around, weight, bias))


@rule("aten::native_layer_norm_backward")
def native_layer_norm_backward(
    grad_out: torch.Tensor,
    input: torch.Tensor,
    normalized_shape: Sequence[int],
    mean: torch.Tensor,  # noqa: ARG001
    rstd: torch.Tensor,  # noqa: ARG001
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    output_mask: Sequence[bool],
) -> Gradients | None:
    """[*, *normalized], [*normalized], [*normalized] = native_layer_norm_backward([*, *normalized], ...)"""
    if not _ends_in(input, normalized_shape) or not goes_with(input, normalized_shape, weight, bias):
        return None
    if not _alike(grad_out, input) or (weight is None and any(output_mask[1:])) or (bias is None and output_mask[2]):
        return None
    return _asked(input, weight, normalized_shape, output_mask)


@rule("aten::native_group_norm")
def native_group_norm(
    input: torch.Tensor,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    N: int,  # noqa: N803
    C: int,  # noqa: N803
    HxW: int,  # noqa: N803
    group: int,
    *_: object,
) -> Three | None:
    """[N, C, *], [N, group], [N, group] = native_group_norm([N, C, *], [C], [C])"""
    if input.dim() < 2 or tuple(input.shape[:2]) != (N, C) or input.numel() != N * C * HxW or C % group:
        return None
    if not is_plain(input) or not goes_with(input, (C,), weight, bias):
        return None
    out = dataless(input.shape, input.dtype, device=input.device)
    return (out, statistics(input, (N, group), weight, bias), statistics(input, (N, group), weight, bias))


@rule("aten::native_group_norm_backward")
def native_group_norm_backward(
    grad_out: torch.Tensor,
    input: torch.Tensor,
    mean: torch.Tensor,  # noqa: ARG001
    rstd: torch.Tensor,  # noqa: ARG001
    weight: torch.Tensor | None,
    N: int,  # noqa: ARG001, N803
    C: int,  # noqa: N803
    HxW: int,  # noqa: ARG001, N803
    group: int,  # noqa: ARG001
    output_mask: Sequence[bool],
) -> Gradients | None:
    """[N, C, *], [C], [C] = native_group_norm_backward([N, C, *], [N, C, *], [N, group], [N, group], [C])"""
    if input.dim() < 2 or not goes_with(input, (C,), weight):
        return None
    return _gradients(grad_out, input, weight, (C,), output_mask)


def _gradients(
    gradient: torch.Tensor,
    input: torch.Tensor,
    weight: torch.Tensor | None,
    shape: Sequence[int],
    asked: Sequence[bool],
) -> Gradients | None:
    """The gradients where all lies plainly, and there is a weight to have one."""
    if not _alike(gradient, input) or not is_plain(input) or not is_plain(gradient):
        return None
    return None if weight is None and any(asked[1:]) else _asked(input, weight, shape, asked)


def _asked(input: torch.Tensor, weight: torch.Tensor | None, shape: Sequence[int], asked: Sequence[bool]) -> Gradients:
    """What is asked for of the gradients of the input, the weight and the bias: contiguous."""
    of_input = dataless(input.shape, input.dtype, device=input.device) if asked[0] else None
    of_weight, of_bias = (statistics(input, shape, weight) if each else None for each in asked[1:])
    return of_input, of_weight, of_bias


def _alike(gradient: torch.Tensor, input: torch.Tensor) -> bool:
    return gradient.shape == input.shape and gradient.dtype == input.dtype


def _ends_in(input: torch.Tensor, shape: Sequence[int]) -> bool:
    return 0 < len(shape) <= input.dim() and tuple(input.shape[-len(shape) :]) == tuple(shape)
