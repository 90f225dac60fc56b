"""Gradients of activations: torch's own answer, in every layout of both operands."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from pytest_flopbudget.trace.shape_rules import activation_gradients
from pytest_flopbudget.trace.shape_rules.marking import collect

SHAPES = ((), (5,), (2, 1, 3), (2, 3, 4, 5), (1, 3, 1, 2))
NUMBERS: dict[str, tuple[object, ...]] = {
    "aten::threshold_backward": (0,),
    "aten::leaky_relu_backward": (0.01, False),
    "aten::hardtanh_backward": (0.0, 6.0),
    "aten::softplus_backward": (1, 20),
}
RULES = collect((activation_gradients,))


@pytest.mark.parametrize("overload", sorted(RULES))
def test_torchs_answer(
    overload: str,
    agrees: Callable[..., bool],
    in_every_layout: Callable[[tuple[object, ...]], Iterator[tuple[object, ...]]],
) -> None:
    numbers = NUMBERS.get(overload, ())
    for shape in SHAPES:
        assert all(agrees(overload, *args) for args in in_every_layout((shape, shape, *numbers)))
    halves = torch.ones(2, 3, dtype=torch.bfloat16)
    assert agrees(overload, halves, halves, *numbers)


@pytest.mark.parametrize("overload", sorted(RULES))
def test_stepping_aside(overload: str, steps_aside: Callable[..., bool]) -> None:
    numbers = NUMBERS.get(overload, ())
    assert steps_aside(overload, torch.ones(2, 3), torch.ones(2, 3, dtype=torch.float64), *numbers)
    assert steps_aside(overload, torch.ones(2, 3, dtype=torch.complex64), torch.ones(2, 3), *numbers)
