"""What a backward pass does to tensors of the user's that no module holds as a parameter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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

    @property
    def is_worst_case(self) -> bool:
        return self._carrier.is_worst_case

    @property
    def executes(self) -> bool:
        return self._carrier.executes

    def knows(self, tensor: torch.Tensor) -> bool:
        return self._carrier.knows(tensor)

    def forget(self, tensors: Iterable[torch.Tensor]) -> None:
        self._carrier.forget(tensors)

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
