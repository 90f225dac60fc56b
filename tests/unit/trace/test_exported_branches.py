"""Branches of an exported program."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from pytest_flopbudget import count

pytestmark = pytest.mark.skipif(
    not hasattr(TorchDispatchMode, "supports_higher_order_operators"),
    reason="this torch does not hand higher-order operators to a dispatch mode",
)
STEP = 8 * 8  # the MACs of a row in one layer


def test_branches_of_an_exported_program() -> None:
    class Chosen(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(8, 8)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            out: torch.Tensor = torch.cond(x.sum() > 0, lambda x: self.layer(self.layer(x)), self.layer, (x,))
            return out

    exported = torch.export.export(Chosen(), (torch.ones(4, 8),)).module()
    assert count(exported, "4x8", backend="execute").macs == 4 * 2 * STEP
