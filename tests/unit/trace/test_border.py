"""What the modules hold after a forward, beside what they held before."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from pytest_flopbudget import count


class Keeping(nn.Module):
    """A buffer that the forward gives another tensor."""

    state: torch.Tensor

    def __init__(self, *, copies: bool) -> None:
        super().__init__()
        self.copies = copies
        self.register_buffer("state", torch.zeros(2, 4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.state = self.state + x if self.copies else self.state.view(4, 2)
        return x


@pytest.mark.parametrize(("copies", "replaced"), [(True, [("", "state")]), (False, [])])
def test_a_view_of_what_was_there_replaces_nothing(copies: bool, replaced: list[tuple[str, str]]) -> None:
    boundary = count(Keeping(copies=copies), "2x4").boundary
    assert boundary is not None
    assert [(each.module, each.name) for each in boundary.replaced] == replaced
