"""What a backward pass does to tensors of the user's that no module holds as a parameter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.seeing import Carries


@contextmanager
def gradients_kept(carrier: Carries) -> Iterator[Carries]:
    """Let calls be carried out, and give every tensor that they meet the gradient back that it had.

    Yields:
        What carries the calls out.
    """
    keeping = _Keeping(carrier)
    try:
        yield keeping
    finally:
        keeping.put_back()


class _Keeping:
    def __init__(self, carrier: Carries) -> None:
        self._carrier = carrier
        self._kept: dict[int, tuple[torch.Tensor, torch.Tensor | None]] = {}

    @property
    def data_dependent(self) -> bool:
        return self._carrier.data_dependent

    def carry_out(self, call: Call) -> object:
        for tensor in call.tensors:
            if tensor.requires_grad and tensor.is_leaf and id(tensor) not in self._kept:
                self._kept[id(tensor)] = (tensor, tensor.grad)
                # A backward would add to it in place.
                tensor.grad = None
        return self._carrier.carry_out(call)

    def put_back(self) -> None:
        for tensor, gradient in self._kept.values():
            tensor.grad = gradient
        self._kept.clear()
