"""Output shapes of softmax, running sums and dropout: the input's."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.dataless import DatalessTensor, dataless
from pytest_flopbudget.trace.shape_rules.layout import is_plain
from pytest_flopbudget.trace.shape_rules.marking import rule


@rule("aten::softmax.int", "aten::log_softmax.int")
def softmax(self: torch.Tensor, dim: int, dtype: torch.dtype | None = None) -> torch.Tensor | None:
    """[*] = softmax([*]), contiguous"""
    if not self.dim() or not -self.dim() <= dim < self.dim() or not self.is_floating_point():
        return None
    return dataless(self.shape, dtype or self.dtype, device=self.device)


@rule("aten::_softmax", "aten::_log_softmax")
def softmax_of_one_type(self: torch.Tensor, dim: int, half_to_float: bool) -> torch.Tensor | None:
    """[*] = softmax([*]), contiguous"""
    return None if half_to_float else softmax(self, dim)


@rule("aten::_safe_softmax")
def safe_softmax(self: torch.Tensor, dim: int, dtype: torch.dtype | None = None) -> torch.Tensor | None:
    """[*] = softmax([*]), contiguous; zero where everything is masked"""
    return softmax(self, dim, dtype) if is_plain(self) else None


@rule("aten::cumsum", "aten::cumprod")
def cumsum(self: torch.Tensor, dim: int, *, dtype: torch.dtype | None = None) -> torch.Tensor | None:
    """[*] = cumsum([*]), contiguous"""
    return softmax(self, dim, dtype)


@rule("aten::dropout", "aten::feature_dropout", "aten::alpha_dropout")
def dropout(input: torch.Tensor, p: float, train: bool) -> torch.Tensor | None:  # noqa: ARG001
    """The argument itself where nothing is dropped."""
    return input if not train and isinstance(input, DatalessTensor) else None
