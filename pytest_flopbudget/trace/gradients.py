"""What a backward pass does to tensors of the user's that no module holds as a parameter."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.seeing import Carries


class GradientsKept:
    """Lets calls be carried out, and gives every tensor that they meet its gradient back afterwards."""

    def __init__(self, carrier: Carries) -> None:
        self._carrier = carrier
        self._kept: dict[int, tuple[torch.Tensor, torch.Tensor | None]] = {}

    @property
    def data_dependent(self) -> bool:
        """Whether a call read a value that depends on activations."""
        return self._carrier.data_dependent

    def carry_out(self, call: Call) -> object:
        """The call's result."""
        for tensor in call.tensors:
            if tensor.requires_grad and tensor.is_leaf and id(tensor) not in self._kept:
                self._kept[id(tensor)] = (tensor, tensor.grad)
                # A backward would add to it in place.
                tensor.grad = None
        return self._carrier.carry_out(call)

    def put_back(self) -> None:
        """Give all tensors the gradients that they had."""
        for tensor, gradient in self._kept.values():
            tensor.grad = gradient
        self._kept.clear()
