"""Output shapes of new tensors that are like another."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.shape_rules.layout import is_dense
from pytest_flopbudget.trace.shape_rules.marking import rule


@rule("aten::empty_like", "aten::zeros_like", "aten::ones_like")
def like(
    self: torch.Tensor,
    *,
    dtype: torch.dtype | None = None,
    layout: torch.layout | None = None,
    device: torch.device | None = None,
    pin_memory: bool | None = None,
    memory_format: torch.memory_format | None = None,
) -> torch.Tensor | None:
    """[*] = like([*]), laid out as it is"""
    if layout not in (None, torch.strided) or device not in (None, self.device) or pin_memory:
        return None
    if memory_format not in (None, torch.preserve_format) or not self.numel():
        return None
    if not is_dense(self.shape, self.stride()):
        return None
    return dataless(self.shape, dtype or self.dtype, stride=self.stride(), device=self.device)
