"""Output shapes of normalisations; the same as the input's."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules.marking import rule


@rule("aten::batch_norm")
def batch_norm(
    input: torch.Tensor,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    running_mean: torch.Tensor | None,
    running_var: torch.Tensor | None,
    *_: object,
) -> torch.Tensor | None:
    """[N, C, *] = batch_norm([N, C, *], [C], [C], [C], [C])"""
    if input.dim() < 2 or not input.is_contiguous() or not input.is_floating_point():
        return None
    parameters = [tensor for tensor in (weight, bias, running_mean, running_var) if tensor is not None]
    if any(tensor.shape != input.shape[1:2] or tensor.dtype != input.dtype for tensor in parameters):
        return None
    return dataless(input.shape, input.dtype, device=input.device)
