"""The collection of garbage pauses while shapes are traced, and goes on as it was."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import nullcontext

import pytest
import torch
from torch import nn

from pytest_flopbudget import count as count_live
from pytest_flopbudget.errors import MeasureError


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("raises", [True, False])
def test_garbage_is_not_looked_for_while_shapes_are_traced(
    as_model: Callable[..., nn.Module], *, enabled: bool, raises: bool
) -> None:
    seen = []

    def forward(x: torch.Tensor) -> torch.Tensor:
        seen.append(gc.isenabled())
        return x @ x.t() if not raises else x @ x

    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        with pytest.raises(MeasureError) if raises else nullcontext():
            count_live(as_model(forward), "4x5", backend="shapes")
        after = gc.isenabled()
    finally:
        (gc.enable if before else gc.disable)()

    assert seen == [False]
    assert after is enabled
