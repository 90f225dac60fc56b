"""Output shapes of pointwise operators on one tensor of floating numbers."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules.layout import elementwise, is_dense, overlaps
from pytest_flopbudget.trace.shape_rules.marking import rule

_UNARY = (
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "celu",
    "silu",
    "mish",
    "gelu",
    "hardswish",
    "hardsigmoid",
    "sigmoid",
    "tanh",
    "softplus",
    "exp",
    "expm1",
    "log",
    "log1p",
    "log2",
    "sqrt",
    "rsqrt",
    "sin",
    "cos",
    "neg",
    "abs",
    "sign",
    "erf",
    "floor",
    "ceil",
    "round",
    "square",
    "reciprocal",
)
_UNARY_IN_PLACE = (
    "relu_",
    "relu6_",
    "leaky_relu_",
    "elu_",
    "selu_",
    "celu_",
    "silu_",
    "mish_",
    "gelu_",
    "hardswish_",
    "hardsigmoid_",
    "hardtanh_",
    "sigmoid_",
    "tanh_",
    "exp_",
    "sqrt_",
    "rsqrt_",
    "neg_",
)


@rule(*(f"aten::{name}" for name in _UNARY))
def unary(self: torch.Tensor, *_: object, **__: object) -> torch.Tensor | None:
    """[*] = f([*])"""
    return elementwise(self.dtype, self) if self.is_floating_point() else None


@rule("aten::hardtanh", "aten::relu6", "aten::nan_to_num")
def unary_of_its_like(self: torch.Tensor, *_: object, **__: object) -> torch.Tensor | None:
    """[*] = f([*]), written into an empty tensor like the argument"""
    if self.is_floating_point() and self.numel() and is_dense(self.shape, self.stride()):
        return dataless(self.shape, self.dtype, stride=self.stride(), device=self.device)
    return unary(self)


@rule(*(f"aten::{name}" for name in _UNARY_IN_PLACE))
def unary_in_place(self: torch.Tensor, *_: object, **__: object) -> torch.Tensor | None:
    """The argument itself."""
    return self if self.is_floating_point() and not overlaps(self) else None


@rule("aten::clamp", "aten::clip")
def clamp(self: torch.Tensor, min: float | None = None, max: float | None = None) -> torch.Tensor | None:
    """[*] = clamp([*])"""
    return None if min is None and max is None else unary(self)


@rule("aten::clamp_", "aten::clip_")
def clamp_in_place(self: torch.Tensor, min: float | None = None, max: float | None = None) -> torch.Tensor | None:
    """The argument itself."""
    return None if min is None and max is None else unary_in_place(self)


@rule("aten::clamp_min", "aten::clamp_max", "aten::pow.Tensor_Scalar")
def with_number(self: torch.Tensor, number: object) -> torch.Tensor | None:
    """[*] = f([*], number)"""
    return None if isinstance(number, complex) else unary(self)


@rule("aten::logical_not", "aten::isnan", "aten::isfinite")
def asking(self: torch.Tensor) -> torch.Tensor | None:
    """bool [*] = f([*])"""
    return elementwise(torch.bool, self)


@rule("aten::bitwise_not")
def bitwise_not(self: torch.Tensor) -> torch.Tensor | None:
    """[*] = f([*]), of integers or booleans"""
    return None if self.is_floating_point() or self.is_complex() else elementwise(self.dtype, self)


@rule("aten::glu")
def glu(self: torch.Tensor, dim: int = -1) -> torch.Tensor | None:
    """[*, n, *] = glu([*, 2 n, *])"""
    if not self.is_floating_point() or not -self.dim() <= dim < self.dim() or self.shape[dim] % 2:
        return None
    shape = list(self.shape)
    shape[dim] //= 2
    return elementwise(self.dtype, dataless(shape, self.dtype, stride=self.stride(), device=self.device))
