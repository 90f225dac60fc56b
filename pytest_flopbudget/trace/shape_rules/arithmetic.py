"""Output shapes of pointwise operators on several tensors: arithmetic, comparisons, choices."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules.layout import broadcast, elementwise, overlaps, plain_strides
from pytest_flopbudget.trace.shape_rules.marking import rule

Number = float | torch.Tensor

COMPARISONS = tuple(
    f"aten::{name}.{kind}" for name in ("eq", "ne", "lt", "le", "gt", "ge") for kind in ("Tensor", "Scalar")
)


@rule(
    "aten::add.Tensor",
    "aten::sub.Tensor",
    "aten::rsub.Scalar",
    "aten::mul.Tensor",
    "aten::div.Tensor",
    "aten::div.Tensor_mode",
    "aten::true_divide.Tensor",
    "aten::maximum",
    "aten::minimum",
    "aten::pow.Tensor_Tensor",
    "aten::atan2",
)
def binary(self: torch.Tensor, other: Number, *_: object, **__: object) -> torch.Tensor | None:
    """[*] = f([*], [*]), broadcast"""
    dtype = torch.result_type(self, other)
    return elementwise(dtype, self, other) if dtype.is_floating_point else None


@rule("aten::add.Scalar", "aten::sub.Scalar", "aten::mul.Scalar", "aten::div.Scalar")
def with_number(self: torch.Tensor, other: float, *_: object) -> torch.Tensor | None:
    """[*] = f([*], number)"""
    return binary(self, other)


@rule(*(f"aten::{name}_.{kind}" for name in ("add", "sub", "mul", "div") for kind in ("Tensor", "Scalar")))
def binary_in_place(self: torch.Tensor, other: Number, *_: object, **__: object) -> torch.Tensor | None:
    """The first argument itself, where the other broadcasts to it."""
    if not self.is_floating_point() or torch.result_type(self, other) != self.dtype or overlaps(self):
        return None
    return self if _broadcast(self, other) == tuple(self.shape) else None


@rule(*COMPARISONS)
def comparison(self: torch.Tensor, other: Number) -> torch.Tensor | None:
    """bool [*] = f([*], [*]), broadcast"""
    return None if self.is_complex() else elementwise(torch.bool, self, other)


@rule("aten::logical_and", "aten::logical_or")
def logical(self: torch.Tensor, other: torch.Tensor) -> torch.Tensor | None:
    """bool [*] = f([*], [*]), broadcast"""
    return elementwise(torch.bool, self, other)


@rule("aten::bitwise_and.Tensor", "aten::bitwise_or.Tensor")
def bitwise(self: torch.Tensor, other: torch.Tensor) -> torch.Tensor | None:
    """[*] = f([*], [*]), broadcast, of booleans"""
    return logical(self, other) if self.dtype == other.dtype == torch.bool else None


@rule("aten::addcmul", "aten::addcdiv")
def addcmul(self: torch.Tensor, tensor1: torch.Tensor, tensor2: torch.Tensor, **_: object) -> torch.Tensor | None:
    """[*] = f([*], [*], [*]), broadcast"""
    alike = self.dtype == tensor1.dtype == tensor2.dtype and self.is_floating_point()
    return elementwise(self.dtype, self, tensor1, tensor2) if alike else None


@rule("aten::lerp.Scalar", "aten::lerp.Tensor")
def lerp(self: torch.Tensor, end: torch.Tensor, weight: Number) -> torch.Tensor | None:
    """[*] = lerp([*], [*], [*]), broadcast"""
    tensors = (self, end, *_tensors(weight))
    alike = self.is_floating_point() and all(tensor.dtype == self.dtype for tensor in tensors)
    return elementwise(self.dtype, *tensors) if alike else None


@rule("aten::where.self", "aten::where.ScalarOther", "aten::where.ScalarSelf")
def where(condition: torch.Tensor, self: Number, other: Number) -> torch.Tensor | None:
    """[*] = where(bool [*], [*], [*]), broadcast"""
    if condition.dtype != torch.bool:
        return None
    return elementwise(torch.result_type(self, other), condition, self, other)


@rule("aten::masked_fill.Scalar", "aten::masked_fill.Tensor")
def masked_fill(self: torch.Tensor, mask: torch.Tensor, value: Number) -> torch.Tensor | None:
    """[*] = masked_fill([*], bool [*]), broadcast"""
    shape = broadcast(self.shape, mask.shape)
    if shape is None or mask.dtype != torch.bool or not _fills(self, value):
        return None
    return dataless(shape, self.dtype, stride=plain_strides(shape), device=self.device)


@rule("aten::masked_fill_.Scalar", "aten::masked_fill_.Tensor")
def masked_fill_in_place(self: torch.Tensor, mask: torch.Tensor, value: Number) -> torch.Tensor | None:
    """The argument itself, where the mask broadcasts to it."""
    if overlaps(self) or mask.dtype != torch.bool or not _fills(self, value):
        return None
    return self if broadcast(self.shape, mask.shape) == tuple(self.shape) else None


def _fills(tensor: torch.Tensor, value: Number) -> bool:
    return (
        tensor.is_floating_point()
        and not isinstance(value, complex)
        and not (isinstance(value, torch.Tensor) and (value.dim() or value.is_complex()))
    )


def _tensors(*values: Number) -> list[torch.Tensor]:
    return [value for value in values if isinstance(value, torch.Tensor)]


def _broadcast(*values: Number) -> tuple[int, ...] | None:
    return broadcast(*(tensor.shape for tensor in _tensors(*values)))
