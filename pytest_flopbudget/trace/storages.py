"""Which storages have known values, and which real ones the forward has written to."""

from __future__ import annotations

import weakref
from collections.abc import Iterable

import torch
from torch.multiprocessing.reductions import StorageWeakRef

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import DatalessTensor
from pytest_flopbudget.trace.nests import tensors_in

Layout = tuple[torch.UntypedStorage, int, torch.Size, tuple[int, ...]]


class Storages:
    """The storages that one trace met: numbered, known or unknown, and those to be put back afterwards."""

    def __init__(self) -> None:
        self._met = 0
        self._numbers: dict[int, int] = {}
        self._without_storage: dict[int, tuple[weakref.ReferenceType[torch.Tensor], int]] = {}
        self._alive: list[object] = []
        self._unknown: set[int] = set()
        self._too_large: set[int] = set()
        self._handed_out: list[tuple[StorageWeakRef, range]] = []
        self._own: set[int] = set()
        self._saved: dict[int, tuple[torch.UntypedStorage, torch.UntypedStorage]] = {}
        self._layouts: dict[int, tuple[torch.Tensor, Layout]] = {}
        self._generators: dict[int, tuple[torch.Generator, torch.Tensor]] = {}

    def number(self, tensor: torch.Tensor) -> int:
        """The number of a tensor's storage, counted from 0 in the order in which the trace met them."""
        if tensor.layout is not torch.strided:
            return self._number_of_its_own(tensor)
        storage = tensor.untyped_storage()
        if type(tensor) is DatalessTensor:
            return self.number_without_data(storage)
        number = self._numbers.get(storage._cdata)
        if number is None:
            number = self._numbers[storage._cdata] = self._next()
            # An address is used again once its storage is gone; a weak reference keeps the address, not the data.
            self._alive.append(StorageWeakRef(storage))
        return number

    def number_without_data(self, storage: torch.UntypedStorage) -> int:
        """The number of a storage that holds no data, counted as the others."""
        number = self._numbers.get(storage._cdata)
        return self.number_new(storage) if number is None else number

    def number_new(self, storage: torch.UntypedStorage) -> int:
        """The number of a storage that was not met yet."""
        number = self._numbers[storage._cdata] = self._met
        self._met += 1
        self._alive.append(storage)
        return number

    @property
    def any_too_large(self) -> bool:
        """Whether there are unknown tensors that do not depend on data."""
        return bool(self._too_large)

    def _number_of_its_own(self, tensor: torch.Tensor) -> int:
        """The number of a tensor that has no storage, as sparse ones have none."""
        known = self._without_storage.get(id(tensor))
        if known is None or known[0]() is not tensor:
            known = self._without_storage[id(tensor)] = weakref.ref(tensor), self._next()
        return known[1]

    def _next(self) -> int:
        self._met += 1
        return self._met - 1

    def is_unknown(self, tensor: torch.Tensor) -> bool:
        """Whether a tensor's values are unknown: it has no data, or something unknown was written into it."""
        if type(tensor) is DatalessTensor or tensor.is_meta:
            return True
        return bool(self._unknown) and _key(tensor) in self._unknown

    def is_too_large(self, tensor: torch.Tensor) -> bool:
        """Whether an unknown tensor does not depend on data: its values were only too many to be kept."""
        return bool(self._too_large) and _key(tensor) in self._too_large

    def too_large(self, tensors: Iterable[torch.Tensor]) -> None:
        """These are unknown from now on, though they do not depend on data."""
        for tensor in tensors:
            self.forget(tensor)
            self.number(tensor)
            self._too_large.add(_key(tensor))

    def forget(self, tensor: torch.Tensor) -> None:
        """Something unknown was written to a tensor: its storage is unknown from now on."""
        self._too_large.discard(_key(tensor))
        if type(tensor) is not DatalessTensor and not tensor.is_meta:
            self.number(tensor)
            self._unknown.add(_key(tensor))

    def forget_all(self, tensors: Iterable[torch.Tensor]) -> None:
        """The values of these are unknown from now on."""
        for tensor in tensors:
            self.forget(tensor)

    def hand_out(self, tensor: torch.Tensor) -> None:
        """Python is about to be given a real tensor's memory, and may write to it unseen."""
        if tensor.layout is not torch.strided:
            return
        self.will_write(tensor)
        storage = tensor.untyped_storage()
        memory = range(storage.data_ptr(), storage.data_ptr() + storage.nbytes())
        self._handed_out.append((StorageWeakRef(storage), memory))

    def is_handed_out(self, tensor: torch.Tensor) -> bool:
        """Whether Python was given a tensor's memory, by way of whatever storage, and may still look at it."""
        has_memory = type(tensor) is not DatalessTensor and not tensor.is_meta and tensor.layout is torch.strided
        if not self._handed_out or not has_memory:
            return False
        address = tensor.data_ptr()
        return any(address in memory and not storage.expired() for storage, memory in self._handed_out)

    def made(self, tensors: Iterable[torch.Tensor], *, apart_from: Iterable[torch.Tensor] = ()) -> None:
        """These tensors belong to the trace, unless they share a storage with its inputs; they need no putting back."""
        inputs = {_key(tensor) for tensor in apart_from}
        for tensor in tensors:
            if (key := _key(tensor)) not in inputs:
                self.number(tensor)
                self._own.add(key)

    def own(self, clones: Iterable[torch.Tensor]) -> None:
        """These are the trace's own, and live as long as it does."""
        for clone in clones:
            storage = clone.untyped_storage()
            self.number_without_data(storage)
            self._own.add(storage._cdata)

    def will_write(self, tensor: torch.Tensor) -> None:
        """A known call is about to write to a real tensor: keep its values and layout if it is not the trace's own."""
        if tensor.layout is not torch.strided or tensor.is_meta:
            return
        key = _key(tensor)
        if key in self._own:
            return
        storage = tensor.untyped_storage()
        if key not in self._saved:
            self._saved[key] = (storage, storage.clone())
        layout = (storage, int(tensor.storage_offset()), tensor.shape, tensor.stride())
        self._layouts.setdefault(id(tensor), (tensor, layout))

    def run(self, call: Call) -> object:
        """Let torch carry a call out; what it writes to or draws from is put back afterwards."""
        for tensor in call.written:
            self.will_write(tensor)
        generator = call.argument("generator")
        if isinstance(generator, torch.Generator):
            self.will_draw(generator)
        # Fresh from Python, so the trace's own, although it is the argument itself.
        inputs = () if call.schema.operator == "aten::lift_fresh" else call.tensors
        out = call.run()
        self.made(tensors_in(out), apart_from=inputs)
        return out

    def will_draw(self, generator: torch.Generator) -> None:
        """A call is about to draw from a generator: keep its state."""
        if id(generator) not in self._generators:
            self._generators[id(generator)] = (generator, generator.get_state())

    def put_back(self) -> None:
        """Give all that was written and is not the trace's own its values, layout and state back."""
        for storage, values in self._saved.values():
            if storage.nbytes() != values.nbytes():
                storage.resize_(values.nbytes())
            storage.copy_(values)
        for tensor, layout in self._layouts.values():
            storage, offset, shape, stride = layout
            if (tensor.untyped_storage()._cdata, tensor.storage_offset()) != (storage._cdata, offset) or (
                (tensor.shape, tensor.stride()) != (shape, stride)
            ):
                tensor.set_(storage, offset, shape, stride)
        for generator, state in self._generators.values():
            generator.set_state(state)


def _key(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage()._cdata if tensor.layout is torch.strided else id(tensor)
