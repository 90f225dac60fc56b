"""Values that are known of tensors without data: autograd wants floats where the activations are that they meet."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.nests import nbytes
from pytest_flopbudget.trace.on_meta import is_real, without_values
from pytest_flopbudget.trace.reading import hands_out
from pytest_flopbudget.trace.storages import Storages

# Beyond it the oldest are forgotten: a forward looks at a mask soon after making it.
_MOST_BYTES = 2**26


class Remembered:
    """The values of data-less tensors, by their storages; whoever writes to one forgets or rewrites them."""

    def __init__(self, storages: Storages) -> None:
        self._storages = storages
        self._values: dict[int, torch.Tensor] = {}
        self._bytes = 0

    def in_mind(self, tensor: torch.Tensor) -> torch.Tensor:
        """A data-less tensor in the place of a real one that could have a gradient; its values are remembered."""
        is_a_number = tensor.is_floating_point() or tensor.is_complex()
        if not is_a_number or not is_real(tensor) or tensor.layout is not torch.strided:
            return tensor
        dataless = without_values(tensor)
        self._values[self._storages.number(dataless)] = tensor
        self._bytes += nbytes(tensor)
        while self._bytes > _MOST_BYTES:
            self._drop(next(iter(self._values)))
        return dataless

    def forget(self, tensor: torch.Tensor) -> None:
        """Something unknown is written to a tensor."""
        if self._values:
            self._drop(self._storages.number(tensor))

    def recalled(self, call: Call) -> Call | None:
        """A call on the values of its data-less tensors; None unless all are remembered, and for a view.

        What is differentiated stays without data: its gradient has none.
        """
        if not self._values or hands_out(call) or (call.schema.views and not call.written):
            return None
        values: dict[int, torch.Tensor] = {}
        for tensor in call.tensors:
            if tensor.requires_grad:
                return None
            if self._storages.is_unknown(tensor):
                known = self._values.get(self._storages.number(tensor))
                if known is None or known.dtype != tensor.dtype:
                    return None
                values[id(tensor)] = _same_view(known, tensor)
        return call.mapped(lambda tensor: values.get(id(tensor), tensor)) if values else None

    def _drop(self, number: int) -> None:
        values = self._values.pop(number, None)
        self._bytes -= 0 if values is None else nbytes(values)


def _same_view(values: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
    """Of values that lie as their data-less tensor did, what a view of that one shows."""
    return values.as_strided(tensor.shape, tensor.stride(), values.storage_offset() + tensor.storage_offset())
