"""Output shapes of the gradients of activations: torch works them out in many small steps of Python."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.shape_rules.layout import elementwise
from pytest_flopbudget.trace.shape_rules.marking import rule


@rule(
    "aten::sigmoid_backward",
    "aten::tanh_backward",
    "aten::silu_backward",
    "aten::mish_backward",
    "aten::gelu_backward",
    "aten::hardsigmoid_backward",
    "aten::hardswish_backward",
    "aten::hardtanh_backward",
    "aten::softplus_backward",
)
def gradient(grad_output: torch.Tensor, activation: torch.Tensor, *_: object, **__: object) -> torch.Tensor | None:
    """[*] = f([*], [*]): the gradient behind the activation, and what the activation was given or gave"""
    return _paired(grad_output, activation)


@rule("aten::threshold_backward", "aten::leaky_relu_backward")
def gradient_of_a_kink(
    grad_output: torch.Tensor, activation: torch.Tensor, *_: object, **__: object
) -> torch.Tensor | None:
    """[*] = f([*], [*]), where the layout of what the activation was given goes before the gradient's"""
    return _paired(activation, grad_output)


def _paired(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor | None:
    floating = first.is_floating_point() and first.dtype == second.dtype
    return elementwise(first.dtype, first, second) if floating else None
