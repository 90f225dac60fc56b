"""Tensors that have a shape and an element type, report the model's device, and hold no data."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import torch

from pytest_flopbudget.counting.operators import TensorSpec
from pytest_flopbudget.trace.addresses import Address
from pytest_flopbudget.trace.indices import known_index

META = torch.device("meta")
CPU = torch.device("cpu")


# Whose trace, which kind, how recorded, and of which tensor: it may be copied to others with its dictionary.
Told = tuple[object, int, TensorSpec, int]


class NotOnShapesError(RuntimeError):
    """A call that shapes alone cannot follow, and why: it has no data-less kernel, or it is cast."""


class ReadsValuesError(NotOnShapesError):
    """A call that reads a value that depends on data."""

    def __init__(self, why: str = "reads values that depend on data") -> None:
        super().__init__(why)


class AsksForGradientsError(NotOnShapesError):
    """A forward that differentiates, which can be followed with autograd on only."""

    def __init__(self) -> None:
        super().__init__("asks for gradients")


class Refused(RuntimeError):
    """The kernel that the model would run refuses these arguments, although torch's data-less kernel does not."""


class DatalessTensor(torch.Tensor):
    """A tensor on torch's meta device that tells Python the device the model would run on.

    Kernels written in Python compare devices, so they must be given it inside :class:`AsMeta`.
    """

    reported_device: torch.device = CPU
    told: Told | None = None

    def __deepcopy__(self, memo: dict[int, object]) -> torch.Tensor:
        return self.clone()


def _refused(tensor: torch.Tensor, *_: object, **__: object) -> NoReturn:
    # Through the dispatcher, so that a trace that is running takes note of the refusal.
    torch.ops.aten._local_scalar_dense(tensor)
    raise ReadsValuesError


def _of_reported_device(kind: str) -> property:
    return property(lambda tensor: tensor.reported_device.type == kind)


def _shown(tensor: torch.Tensor, *_: object, **__: object) -> str:
    return f"tensor(<no data>, size={tuple(tensor.shape)}, dtype={tensor.dtype})"


def _address(tensor: torch.Tensor) -> Address:
    """A place that only tensors at the same place of one storage share: a meta tensor's own address is 0."""
    place = int(tensor.untyped_storage()._cdata) + int(tensor.storage_offset()) * tensor.element_size()
    return Address(place, NotOnShapesError("hands out the address of a tensor that has no data"))


def _set_data(tensor: torch.Tensor, values: torch.Tensor) -> None:
    """Other values for a tensor that has none; of another shape or type, the assignment is not followed."""
    if (tensor.shape, tensor.dtype) != (values.shape, values.dtype):
        _refused(tensor)


def _new_tensor(
    tensor: torch.Tensor,
    data: object,
    *,
    dtype: torch.dtype | None = None,
    device: torch.device | str | None = None,
    requires_grad: bool = False,
) -> torch.Tensor:
    """A tensor of known values, of this one's type and on its device."""
    return torch.tensor(data, dtype=dtype or tensor.dtype, device=device or tensor.device, requires_grad=requires_grad)


def item_of(tensor: torch.Tensor, index: Any) -> torch.Tensor:
    """What an index chooses, as torch says."""
    return torch.Tensor.__getitem__(tensor, known_index(index))


def set_item_of(tensor: torch.Tensor, index: Any, value: Any) -> None:
    """Write to what an index chooses, as torch does."""
    torch.Tensor.__setitem__(tensor, known_index(index), value)


# Messages of torch name the type of what they were given: to its users, this is one of torch's tensors.
DatalessTensor.__name__ = "Tensor"

# Set afterwards: torch declares these otherwise, which a type checker lets no subclass replace.
for _name, _property in {
    "__torch_function__": torch._C._disabled_torch_function_impl,
    "__getitem__": item_of,
    "__setitem__": set_item_of,
    "new_tensor": _new_tensor,
    "__repr__": _shown,
    "__format__": _shown,
    "data": property(lambda tensor: tensor.detach(), _set_data),
    "data_ptr": _address,
    "numpy": _refused,
    "tolist": _refused,
    "__array__": _refused,
    "__reduce_ex__": _refused,
    "device": property(lambda tensor: tensor.reported_device),
    "is_meta": _of_reported_device("meta"),
    "is_cpu": _of_reported_device("cpu"),
    "is_cuda": _of_reported_device("cuda"),
}.items():
    setattr(DatalessTensor, _name, _property)


def dataless(
    shape: Sequence[int],
    dtype: torch.dtype,
    *,
    stride: Sequence[int] | None = None,
    device: torch.device = CPU,
) -> torch.Tensor:
    """A new tensor without data; contiguous unless strides are given."""
    if stride is None:
        tensor = torch.empty(shape, dtype=dtype, device=META)
    else:
        tensor = torch.empty_strided(shape, stride, dtype=dtype, device=META)
    return hidden(tensor, device)


# Every data-less tensor of the trace that runs: what is alive afterwards was kept by the forward.
_MADE: list[weakref.ReferenceType[torch.Tensor]] = []


@contextmanager
def making() -> Iterator[Callable[[], list[torch.Tensor]]]:
    """Keep account of the data-less tensors that are made; one account at a time, an inner one apart.

    Yields:
        A function that gives those which are still alive.
    """
    outer = _MADE[:]
    _MADE.clear()
    try:
        yield _alive
    finally:
        _MADE[:] = outer


def any_held() -> bool:
    """Whether any tensor of the account is held still, if only by garbage, which nobody looks for here."""
    return any(reference() is not None for reference in _MADE)


def let_go_of_garbage() -> None:
    """Look for the cycles of a trace that failed, which are young, where these hold tensors of the account."""
    if any_held():
        gc.collect(1)


def _alive() -> list[torch.Tensor]:
    # Cycles that nobody holds keep theirs until they are collected. What a trace made is young, and to look through
    # all that a large process holds takes seconds.
    for generation in range(3):
        if not any_held():
            break
        gc.collect(generation)
    return [tensor for reference in _MADE if (tensor := reference()) is not None]


def hidden(tensor: torch.Tensor, device: torch.device = CPU) -> torch.Tensor:
    """The very tensor, on the meta device, from now on reporting another device."""
    tensor.__class__ = DatalessTensor
    _MADE.append(weakref.ref(tensor))
    if device is not CPU:
        tensor.__dict__["reported_device"] = device
    return tensor


class AsMeta:
    """Let dataless tensors be plain meta tensors for the time of a kernel's call."""

    __slots__ = ("_tensors",)

    def __init__(self, tensors: Sequence[torch.Tensor]) -> None:
        self._tensors: list[torch.Tensor] = [tensor for tensor in tensors if type(tensor) is DatalessTensor]

    def __enter__(self) -> None:
        for tensor in self._tensors:
            tensor.__class__ = torch.Tensor

    def __exit__(self, *_: object) -> None:
        for tensor in self._tensors:
            tensor.__class__ = DatalessTensor
