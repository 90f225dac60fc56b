"""The collection of garbage pauses while shapes are traced, goes on as it was, and need not go through a trace."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterable
from contextlib import nullcontext

import pytest
import torch
from torch import nn

from pytest_flopbudget import count as count_live
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace import following
from pytest_flopbudget.trace.snapshots import Snapshots


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


def test_garbage_is_looked_for_once_what_the_trace_held_is_gone(
    as_model: Callable[..., nn.Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[Snapshots]] = []
    alive_at: list[list[bool]] = []

    class Noted(Snapshots):
        def __init__(self, modules: Iterable[nn.Module]) -> None:
            super().__init__(modules)
            made.append(weakref.ref(self))

    def note(phase: str, _: dict[str, int]) -> None:
        if phase == "start" and made:
            alive_at.append([each() is not None for each in made])

    monkeypatch.setattr(following, "Snapshots", Noted)
    thresholds = gc.get_threshold()
    gc.callbacks.append(note)
    # Then the next thing that is made has it looked for.
    gc.set_threshold(1)
    try:
        count_live(as_model(lambda x: x @ x.t()), "4x5", backend="shapes")
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(note)

    assert alive_at
    assert not any(map(any, alive_at))
