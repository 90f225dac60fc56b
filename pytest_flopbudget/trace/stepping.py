"""The backward half of a training step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.inputs import floats_in
from pytest_flopbudget.trace.origins import ENGINE


def step_back(outputs: Sequence[object]) -> None:
    """Run the backward pass from the sum of all floating tensors among the outputs.

    Every tensor that asks for a gradient gets one, as in training.

    Args:
        outputs: What the forward returned, or what a loss made of it.

    Raises:
        MeasureError: None of them depends on a tensor that asks for a gradient.
    """
    trained = {id(tensor): tensor for tensor in floats_in(outputs) if tensor.requires_grad}
    if not trained:
        raise MeasureError(
            "cannot be trained: no output depends on a parameter that asks for a gradient",
            "hint      a parameter with requires_grad=False asks for none, and neither does a forward under no_grad",
        )
    # The gradient of a sum is one everywhere. The public function imports a compiler to look at gradients' shapes.
    ones = tuple(torch.ones_like(tensor) for tensor in trained.values())
    run_backward: Callable[..., object] = getattr(torch.autograd, ENGINE)
    run_backward(tuple(trained.values()), ones, False, False, (), allow_unreachable=True, accumulate_grad=True)
