"""Kinds of tensors: those of one kind have one shape, layout, element type and device, and differ in storages alone."""

from __future__ import annotations

import weakref

import torch

from pytest_flopbudget.counting.operators import TensorSpec
from pytest_flopbudget.trace.dataless import CPU, META, DatalessTensor, hidden
from pytest_flopbudget.trace.plans import Made
from pytest_flopbudget.trace.schemas import dtype_name
from pytest_flopbudget.trace.storages import Storages

_PLAIN = frozenset((type(None), bool, int, float, str, torch.dtype, torch.device, torch.layout, torch.memory_format))
_LISTS = frozenset((list, tuple, torch.Size))
_REAL = frozenset((torch.Tensor, torch.nn.Parameter))
_INTEGERS = frozenset((int,))
# Of the process, so that plans of one trace serve the next.
_NUMBERS: dict[tuple[object, ...], int] = {}
_Real = tuple[weakref.ReferenceType[torch.Tensor], int, TensorSpec]


class Kinds:
    """The kinds of the tensors that one trace meets, by number, and how each tensor is recorded."""

    def __init__(self, storages: Storages) -> None:
        self._storages = storages
        self._reals: dict[int, _Real] = {}

    def add(self, value: object, parts: list[object], tensors: list[torch.Tensor]) -> bool:
        """Add what stands for an argument.

        Args:
            value: The argument.
            parts: What stands for all arguments: of a tensor its kind, of all else its type and value.
            tensors: The tensors among them.

        Returns:
            Whether anything can stand for it: not for tensors of another make, complex ones, and real ones that are
            unknown; nor for a generator.
        """
        kind = type(value)
        if kind is DatalessTensor:
            assert isinstance(value, DatalessTensor)
            told = value.told
            if told is None or told[0] is not self._storages or told[3] != id(value):
                number = self._tell(value)
            else:
                number = told[1]
            parts.append(number)
            tensors.append(value)
            return number is not None
        if kind in _PLAIN:
            parts.append(kind)
            parts.append(value)
            return True
        if kind in _LISTS:
            assert isinstance(value, (list, tuple))
            parts.append(list)
            if _INTEGERS.issuperset(map(type, value)):
                parts.append(tuple(value))
                return True
            parts.append(len(value))
            return all(self.add(each, parts, tensors) for each in value)
        return kind in _REAL and self._add_real(value, parts, tensors)

    def spec_of(self, tensor: torch.Tensor) -> TensorSpec | None:
        """How a tensor without data is recorded; None of any other."""
        if type(tensor) is not DatalessTensor:
            return None
        told = tensor.told
        if told is None or told[0] is not self._storages or told[3] != id(tensor):
            self._tell(tensor)
            told = tensor.told
        return None if told is None else told[2]

    def spec(self, tensor: torch.Tensor) -> TensorSpec:
        """How a tensor that was added is recorded."""
        if type(tensor) is DatalessTensor:
            told = tensor.told
            assert told is not None
            return told[2]
        return self._reals[id(tensor)][2]

    def made(self, given: Made, base: torch.Tensor | None, storage: int) -> tuple[torch.Tensor, TensorSpec]:
        """A result like an earlier one, and how it is recorded.

        Args:
            given: What it is like.
            base: The tensor that it is a view of, if it is one.
            storage: The number of that tensor's storage.
        """
        shape = given.shape
        if base is None:
            tensor = torch.empty_strided(shape, given.strides, dtype=given.dtype, device=META)
            storage = self._storages.number_without_data(tensor.untyped_storage())
        else:
            tensor = torch.as_strided(base, shape, given.strides, given.offset)
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
            spec = TensorSpec(
                tuple(shape), dtype_name(dtype), self._storages.number_without_data(twin.untyped_storage())
            )
            twin.__dict__["told"] = (self._storages, number, spec, id(twin))
        return hidden(twin, device)

    def like(self, tensor: torch.Tensor, base: int) -> Made | None:
        """What a result without data is like; None where it has no kind.

        Args:
            tensor: The result.
            base: The place of the tensor that it is a view of; -1 where it is of none.
        """
        number = self._tell(tensor) if type(tensor) is DatalessTensor else None
        if number is None or (base < 0 and tensor.storage_offset()):
            return None
        offset = int(tensor.storage_offset())
        return Made(tuple(tensor.shape), tensor.stride(), offset, tensor.dtype, tensor.device, number, base)

    def forget(self, tensor: torch.Tensor) -> None:
        """A tensor is written to: its shape may be another afterwards."""
        if type(tensor) is DatalessTensor:
            tensor.__dict__.pop("told", None)
        else:
            self._reals.pop(id(tensor), None)

    def _tell(self, tensor: torch.Tensor) -> int | None:
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
        attributes["told"] = (self._storages, number, TensorSpec(tuple(shape), dtype_name(dtype), storage), id(tensor))
        return number

    def _add_real(self, value: object, parts: list[object], tensors: list[torch.Tensor]) -> bool:
        assert isinstance(value, torch.Tensor)
        known = self._reals.get(id(value))
        if known is None or known[0]() is not value:
            if value.is_nested or value.layout is not torch.strided or value.is_meta or value.is_complex():
                return False
            if value.is_quantized:
                return False
            spec = TensorSpec(tuple(value.shape), dtype_name(value.dtype), self._storages.number(value))
            known = self._reals[id(value)] = weakref.ref(value), _number(value), spec
        parts.append(known[1])
        tensors.append(value)
        return not self._storages.is_unknown(value)


def _number(tensor: torch.Tensor) -> int:
    """The number of the kind of a tensor with data; one without has none of these, and is known by its device."""
    kind = (tensor.shape, tensor.stride(), tensor.storage_offset(), tensor.dtype, tensor.device, "real")
    return _NUMBERS.setdefault(kind, len(_NUMBERS))
