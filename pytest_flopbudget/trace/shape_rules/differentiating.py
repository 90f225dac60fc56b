"""Output shapes of the backward passes of pointwise operators and of softmax: the gradient's own."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules.layout import elementwise, is_plain
from pytest_flopbudget.trace.shape_rules.marking import rule


@rule(
    "aten::hardtanh_backward",
    "aten::gelu_backward",
    "aten::silu_backward",
    "aten::sigmoid_backward",
    "aten::tanh_backward",
    "aten::hardswish_backward",
    "aten::hardsigmoid_backward",
    "aten::softplus_backward",
    "aten::mish_backward",
)
def of_pointwise(grad_output: torch.Tensor, self: torch.Tensor, *_: object, **__: object) -> torch.Tensor | None:
    """[*] = f([*], [*]), the gradient and the input or output"""
    alike = grad_output.shape == self.shape and grad_output.dtype == self.dtype and self.is_floating_point()
    return elementwise(self.dtype, grad_output, self) if alike else None


@rule("aten::threshold_backward", "aten::leaky_relu_backward")
def of_rectified(grad_output: torch.Tensor, self: torch.Tensor, *_: object) -> torch.Tensor | None:
    """[*] = f([*], [*]); the input is the first to say how the result is laid out"""
    return of_pointwise(self, grad_output)


@rule("aten::elu_backward")
def of_elu(
    grad_output: torch.Tensor,
    alpha: float,  # noqa: ARG001
    scale: float,  # noqa: ARG001
    input_scale: float,  # noqa: ARG001
    is_result: bool,  # noqa: ARG001
    self_or_result: torch.Tensor,
) -> torch.Tensor | None:
    """[*] = elu_backward([*], [*])"""
    return of_pointwise(grad_output, self_or_result)


@rule("aten::_softmax_backward_data", "aten::_log_softmax_backward_data")
def of_softmax(
    grad_output: torch.Tensor, output: torch.Tensor, dim: int, input_dtype: torch.dtype
) -> torch.Tensor | None:
    """[*] = softmax_backward([*], [*]), contiguous"""
    alike = grad_output.shape == output.shape and grad_output.dtype == output.dtype == input_dtype
    if not alike or not -output.dim() <= dim < output.dim() or not (is_plain(grad_output) and is_plain(output)):
        return None
    return dataless(output.shape, input_dtype, device=output.device)
