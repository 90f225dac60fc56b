"""Carrying out operator calls: for real where every input is known, else on shapes alone."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from pytest_flopbudget.trace.bounds import refuse_out_of_range
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import ReadsValuesError
from pytest_flopbudget.trace.foreign import refuse_foreign, refuse_nested
from pytest_flopbudget.trace.masks import INDEXING, selected, with_positions
from pytest_flopbudget.trace.nests import map_tensors, nbytes, tensors_in
from pytest_flopbudget.trace.on_meta import MetaKernels, is_real, without_values
from pytest_flopbudget.trace.packing import PACKING
from pytest_flopbudget.trace.reading import reads_values
from pytest_flopbudget.trace.schemas import LIKE_FACTORIES
from pytest_flopbudget.trace.shape_rules import RULES
from pytest_flopbudget.trace.shape_rules.refusing import refuse_mixed_types
from pytest_flopbudget.trace.storages import Storages

# What is known is kept only while it is small: masks, positions, tables; larger results become unknown.
KNOWN_BYTES = 2**20

# Composite operators that torch calls right before it hands a tensor's values to Python.
_HANDING_OUT = frozenset({"aten::resolve_neg", "aten::resolve_conj"})


class Carrier:
    """Carries out the calls of one trace, and keeps the account of what is known."""

    def __init__(self, storages: Storages, kernels: MetaKernels, device: torch.device, *, gradients: bool) -> None:
        self._storages = storages
        self._gradients = gradients
        self._kernels = kernels
        self._device = device

    @property
    def data_dependent(self) -> bool:
        """Never: what reads an unknown value is refused."""
        return False

    def carry_out(self, call: Call) -> object:
        """The call's result, sharing the storages that it would share in torch.

        Raises:
            NotOnShapesError: The call reads a value that is unknown.
        """
        if not any(self._storages.is_unknown(tensor) for tensor in call.tensors):
            return self._known(call)
        if call.schema.operator in LIKE_FACTORIES:
            return self._like(call)
        refuse_foreign(call)
        self._refuse_reading(call)
        refuse_mixed_types(call)
        refuse_out_of_range(call, lambda tensor: not self._storages.is_unknown(tensor))
        for tensor in call.written:
            self._storages.forget(tensor)
        return self._on_shapes(call)

    def _on_shapes(self, call: Call) -> object:
        operator = call.schema.operator
        if operator in INDEXING:
            call = with_positions(call)
        out = _by_rule(call)
        if out is not None:
            return out
        if call.schema.views and all(is_real(tensor) for tensor in call.tensors):
            return map_tensors(self._view_or_unknown, call.run())
        if operator == "aten::masked_select":
            return selected(call)
        if operator in PACKING:
            data, sizes = PACKING[operator](call)
            self._storages.made([sizes])
            return data, sizes
        return self._kernels.run(call)

    def _known(self, call: Call) -> object:
        if call.asks_for_meta:
            call = call.on(self._device)
        if not (call.written or call.schema.views or call.schema.reads_values or _surely_small(call)):
            estimate = _by_rule(call)
            if estimate is None:
                estimate = self._kernels.run(call)
            if any(nbytes(tensor) > KNOWN_BYTES for tensor in tensors_in(estimate)):
                return estimate
        out = self._storages.run(call)
        refuse_nested(out)
        return out

    def _like(self, call: Call) -> object:
        like = call.tensors[0]
        # Autograd wants a gradient where its tensor is: without data.
        if nbytes(like) > KNOWN_BYTES or self._gradients:
            return self._kernels.run(call)
        real = torch.empty_strided(like.shape, like.stride(), dtype=like.dtype, device=self._device)
        return self._known(call.mapped(lambda _: real))

    def _refuse_reading(self, call: Call) -> None:
        handed_out = call.schema.operator in _HANDING_OUT and is_real(call.tensors[0])
        if handed_out or reads_values(call, self._storages.is_unknown):
            raise ReadsValuesError

    def _view_or_unknown(self, tensor: torch.Tensor) -> torch.Tensor:
        """A view of an unknown real storage stays what it is; a copy of one has no values to keep."""
        return tensor if self._storages.is_unknown(tensor) else without_values(tensor)


def _by_rule(call: Call) -> object:
    """The results without data by a rule of ours; None where there is none, or it steps aside."""
    rule = RULES.get(call.schema.overload)
    return None if rule is None else rule(*call.args, **call.kwargs)


def _surely_small(call: Call) -> bool:
    """Whether nothing large can come of a call: the product of all sizes and numbers in it is small."""
    sizes = [max(tensor.numel(), 1) for tensor in call.tensors]
    numbers = [max(number, 1) for number in _numbers((*call.args, *call.kwargs.values()), floats=not call.tensors)]
    return math.prod(sizes) * math.prod(numbers) <= KNOWN_BYTES // 16


def _numbers(value: object, *, floats: bool) -> Iterator[int]:
    """The sizes in a value: its integers, and where floats may be ends of a range those too."""
    if isinstance(value, int) or (floats and isinstance(value, float) and math.isfinite(value)):
        yield math.ceil(abs(value))
    elif isinstance(value, (list, tuple)):
        for element in value:
            yield from _numbers(element, floats=floats)
