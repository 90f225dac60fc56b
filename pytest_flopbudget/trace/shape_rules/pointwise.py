"""Output shapes of pointwise operators whose output is plain: one element type, dense, no surprises."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules.marking import rule

_UNARY = (
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "celu",
    "silu",
    "mish",
    "gelu",
    "hardswish",
    "hardsigmoid",
    "hardtanh",
    "sigmoid",
    "tanh",
    "softplus",
    "exp",
    "log",
    "sqrt",
    "rsqrt",
    "sin",
    "cos",
    "neg",
    "abs",
    "erf",
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
    "hardswish_",
    "hardsigmoid_",
    "hardtanh_",
    "sigmoid_",
    "tanh_",
)
_BINARY = (
    "add.Tensor",
    "sub.Tensor",
    "mul.Tensor",
    "div.Tensor",
    "maximum",
    "minimum",
)
_BINARY_IN_PLACE = (
    "add_.Tensor",
    "sub_.Tensor",
    "mul_.Tensor",
    "div_.Tensor",
)


@rule(*(f"aten::{name}" for name in _UNARY))
def unary(self: torch.Tensor, *_: object, **__: object) -> torch.Tensor | None:
    """[*] = f([*])"""
    if not _plain(self):
        return None
    return dataless(self.shape, self.dtype, device=self.device)


@rule(*(f"aten::{name}" for name in _UNARY_IN_PLACE))
def unary_in_place(self: torch.Tensor, *_: object, **__: object) -> torch.Tensor | None:
    """The argument itself."""
    return self if _plain(self) else None


@rule("aten::clamp")
def clamp(self: torch.Tensor, min: float | None = None, max: float | None = None) -> torch.Tensor | None:
    """[*] = clamp([*])"""
    return None if min is None and max is None else unary(self)


@rule("aten::clamp_")
def clamp_in_place(self: torch.Tensor, min: float | None = None, max: float | None = None) -> torch.Tensor | None:
    """The argument itself."""
    return None if min is None and max is None else unary_in_place(self)


@rule(*(f"aten::{name}" for name in _BINARY))
def binary(self: torch.Tensor, other: torch.Tensor | float, *_: object, **__: object) -> torch.Tensor | None:
    """[*] = f([*], [*]), broadcast"""
    shape = _broadcast(self, other)
    return None if shape is None else dataless(shape, self.dtype, device=self.device)


@rule(*(f"aten::{name}" for name in _BINARY_IN_PLACE))
def binary_in_place(self: torch.Tensor, other: torch.Tensor | float, *_: object, **__: object) -> torch.Tensor | None:
    """The first argument itself, where the other broadcasts to it."""
    return self if _broadcast(self, other) == tuple(self.shape) else None


def _plain(tensor: torch.Tensor) -> bool:
    return tensor.is_floating_point() and tensor.is_contiguous()


def _broadcast(self: torch.Tensor, other: torch.Tensor | float) -> tuple[int, ...] | None:
    if not _plain(self):
        return None
    if not isinstance(other, torch.Tensor):
        return None if isinstance(other, complex) else tuple(self.shape)
    if not _plain(other) or self.dtype != other.dtype:
        return None
    if self.shape == other.shape:
        return tuple(self.shape)
    if not self.dim() or not other.dim():
        return None
    rank = max(self.dim(), other.dim())
    shape = []
    for a, b in zip(_padded(self, rank), _padded(other, rank), strict=True):
        if a != b and a != 1 and b != 1:
            return None
        shape.append(b if a == 1 else a)
    return tuple(shape)


def _padded(tensor: torch.Tensor, rank: int) -> tuple[int, ...]:
    return (1,) * (rank - tensor.dim()) + tuple(tensor.shape)
