"""Kinds of tensors: those of one kind have one shape, layout, element type and device, and differ in storages alone."""

from __future__ import annotations

import weakref
from collections.abc import Iterable

import torch

from pytest_flopbudget.counting.operators import TensorSpec
from pytest_flopbudget.trace.dataless import CPU, META, DatalessTensor, Told, hidden
from pytest_flopbudget.trace.plans import Made
from pytest_flopbudget.trace.schemas import dtype_name
from pytest_flopbudget.trace.storages import Storages

_PLAIN = frozenset((type(None), bool, int, float, str, torch.dtype, torch.device, torch.layout, torch.memory_format))
_LISTS = frozenset((list, tuple, torch.Size))
_REAL = frozenset((torch.Tensor, torch.nn.Parameter))
_INTEGERS = frozenset((int,))
# Of the process, so that plans of one trace serve the next.
_NUMBERS: dict[tuple[object, ...], int] = {}
# Tensors among arguments, and how they are recorded.
Met = list[tuple[torch.Tensor, TensorSpec]]
_Real = tuple[weakref.ReferenceType[torch.Tensor], int, TensorSpec]


class Kinds:
    """The kinds of the tensors that one trace meets, by number, and how each tensor is recorded."""

    def __init__(self, storages: Storages) -> None:
        self._storages = storages
        self._reals: dict[int, _Real] = {}

    def add(self, values: Iterable[object], parts: list[object], tensors: Met) -> bool:
        """Add what stands for arguments.

        Args:
            values: The arguments.
            parts: What stands for all arguments: of a tensor its kind, of all else its type and value.
            tensors: The tensors among them, and how they are recorded.

        Returns:
            Whether anything can stand for them: not for tensors of another make, complex ones, and real ones that are
            unknown; nor for a generator.
        """
        for value in values:
            kind = type(value)
            # In the order of how many there are, and with no call: this is asked for every argument.
            if kind in _PLAIN:
                parts.append(kind)
                parts.append(value)
            elif isinstance(value, DatalessTensor):
                told = value.told
                if told is None or told[0] is not self._storages or told[3] != id(value):
                    told = self._tell(value)
                    if told is None:
                        return False
                parts.append(told[1])
                tensors.append((value, told[2]))
            elif not (self._add_list if kind in _LISTS else self._add_real)(value, parts, tensors):
                return False
        return True

    def _add_list(self, value: object, parts: list[object], tensors: Met) -> bool:
        assert isinstance(value, (list, tuple))
        parts.append(list)
        if _INTEGERS.issuperset(map(type, value)):
            parts.append(tuple(value))
            return True
        parts.append(len(value))
        return self.add(value, parts, tensors)

    def spec_of(self, tensor: torch.Tensor) -> TensorSpec | None:
        """How a tensor without data is recorded; None of any other."""
        if not isinstance(tensor, DatalessTensor):
            return None
        told = tensor.told
        if told is None or told[0] is not self._storages or told[3] != id(tensor):
            told = self._tell(tensor)
        return None if told is None else told[2]

    def made(self, given: Made, base: tuple[torch.Tensor, TensorSpec] | None) -> tuple[torch.Tensor, TensorSpec]:
        """A result like an earlier one, and how it is recorded.

        Args:
            given: What it is like.
            base: The tensor that it is a view of, if it is one, and how that is recorded.
        """
        shape = given.shape
        if base is None:
            tensor = torch.empty_strided(shape, given.strides, dtype=given.dtype, device=META)
            storage = self._storages.number_new(tensor.untyped_storage())
        else:
            tensor, storage = torch.as_strided(base[0], shape, given.strides, given.offset), base[1].storage
        spec = TensorSpec(shape, dtype_name(given.dtype), storage)
        hidden(tensor, given.device).__dict__["told"] = (self._storages, given.kind, spec, id(tensor))
        return tensor, spec

    def laid_out_as(self, tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
        """A new tensor without data of another's shape, strides and type.

        Args:
            tensor: One of torch's own, which answers many times faster than one without data.
            device: What the new one reports.
        """
        dtype, shape, strides = tensor.dtype, tensor.shape, tensor.stride()
        twin = torch.empty_strided(shape, strides, dtype=dtype, device=META)
        if not dtype.is_complex:
            number = _NUMBERS.setdefault((shape, strides, 0, dtype, device), len(_NUMBERS))
            spec = TensorSpec(tuple(shape), dtype_name(dtype), self._storages.number_new(twin.untyped_storage()))
            twin.__dict__["told"] = (self._storages, number, spec, id(twin))
        return hidden(twin, device)

    def like(self, tensor: torch.Tensor, base: int) -> Made | None:
        """What a result without data is like; None where it has no kind.

        Args:
            tensor: The result.
            base: The place of the tensor that it is a view of; -1 where it is of none.
        """
        told = self._tell(tensor) if type(tensor) is DatalessTensor else None
        if told is None or (base < 0 and tensor.storage_offset()):
            return None
        offset = int(tensor.storage_offset())
        return Made(tuple(tensor.shape), tensor.stride(), offset, tensor.dtype, tensor.device, told[1], base)

    def forget(self, tensor: torch.Tensor) -> None:
        """A tensor is written to: its shape may be another afterwards."""
        if type(tensor) is DatalessTensor:
            tensor.__dict__.pop("told", None)
        else:
            self._reals.pop(id(tensor), None)

    def _tell(self, tensor: torch.Tensor) -> Told | None:
        attributes = tensor.__dict__
        device: torch.device = attributes.get("reported_device", CPU)
        # Of a subclass torch looks first, at every question, whether it would rather answer itself.
        tensor.__class__ = torch.Tensor
        try:
            dtype = tensor.dtype
            if tensor.layout is not torch.strided or dtype.is_complex:
                attributes.pop("told", None)
                return None
            shape = tensor.shape
            kind = (shape, tensor.stride(), tensor.storage_offset(), dtype, device)
            number = _NUMBERS.setdefault(kind, len(_NUMBERS))
            storage = self._storages.number_without_data(tensor.untyped_storage())
        finally:
            tensor.__class__ = DatalessTensor
        told = self._storages, number, TensorSpec(tuple(shape), dtype_name(dtype), storage), id(tensor)
        attributes["told"] = told
        return told

    def _add_real(self, value: object, parts: list[object], tensors: Met) -> bool:
        if not isinstance(value, torch.Tensor) or type(value) not in _REAL:
            return False
        known = self._reals.get(id(value))
        if known is None or known[0]() is not value:
            if value.is_nested or value.layout is not torch.strided or value.is_meta or value.is_complex():
                return False
            if value.is_quantized:
                return False
            spec = TensorSpec(tuple(value.shape), dtype_name(value.dtype), self._storages.number(value))
            known = self._reals[id(value)] = weakref.ref(value), _number(value), spec
        parts.append(known[1])
        tensors.append((value, known[2]))
        return not self._storages.is_unknown(value)


def _number(tensor: torch.Tensor) -> int:
    """The number of the kind of a tensor with data; one without has none of these, and is known by its device."""
    kind = (tensor.shape, tensor.stride(), tensor.storage_offset(), tensor.dtype, tensor.device, "real")
    return _NUMBERS.setdefault(kind, len(_NUMBERS))
