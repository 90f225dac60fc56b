"""The tensors that a forward is called with."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch

from pytest_flopbudget.declaring.inputs import TensorInput
from pytest_flopbudget.trace.copies import copied, drawn, is_used_up, tensors_within
from pytest_flopbudget.trace.dataless import CPU, dataless
from pytest_flopbudget.trace.nests import leaves, map_leaves, nbytes

# Larger inputs have no values: they would take more memory than a branch on them is worth.
_KNOWN_ELEMENTS = 2**26

Nests = tuple[Sequence[object], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a forward is called with.

    Args:
        text: As a message tells it: ``"1x3x64x64"``.
        make: Gives positional and keyword arguments: nests of :class:`TensorInput`, tensors, and anything else.
    """

    text: str
    make: Callable[[], Nests]
    _drawn: dict[int, tuple[object, list[object]]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def elements_of(self, iterator: Iterator[object]) -> list[object]:
        """What an iterator among the arguments gives: drawn once, for as many forwards as there are.

        Raises:
            InputError: It gives so much that it may have no end.
        """
        if id(iterator) not in self._drawn:
            # It is kept too, lest another gets its identity.
            self._drawn[id(iterator)] = iterator, drawn(iterator)
        return self._drawn[id(iterator)][1]


def materialised(
    arguments: Arguments, dtype: torch.dtype, device: torch.device, *, data: bool
) -> tuple[Sequence[object], Mapping[str, object]]:
    """Positional and keyword arguments for one forward.

    Integers and booleans have the values declared or given; floats have none, or where they must have data those
    of the tensors given, else random ones, the same at every call.

    Args:
        arguments: What is declared or given; tensors among it are never handed on themselves.
        dtype: The element type of declared inputs that have none.
        device: The device that the model would run on.
        data: Whether floats have data.

    Raises:
        InputError: An object among them cannot be copied, or an iterator may have no end.
    """
    with torch.device(device):
        args, kwargs = arguments.make()
    maker = _Maker(arguments, dtype, device, data)
    return [map_leaves(maker.made, each) for each in args], {
        name: map_leaves(maker.made, each) for name, each in kwargs.items()
    }


def floats_in(arguments: object) -> list[torch.Tensor]:
    """The tensors among a forward's arguments, also inside objects, whose values a trace on shapes does not know."""
    tensors = [tensor for leaf in leaves(arguments) for tensor in tensors_within(leaf)]
    return [tensor for tensor in tensors if _is_floating(tensor.dtype)]


def input_bytes(arguments: Arguments, dtype: torch.dtype) -> int:
    """The bytes that the arguments take with their data."""

    def weight(leaf: object) -> int:
        if isinstance(leaf, TensorInput):
            return math.prod(_shape(leaf)) * _dtype(leaf, dtype).itemsize
        if isinstance(leaf, Iterator) and is_used_up(leaf):
            return sum(weight(below) for each in arguments.elements_of(leaf) for below in leaves(each))
        return sum(map(nbytes, tensors_within(leaf)))

    args, kwargs = arguments.make()
    return sum(weight(leaf) for each in (*args, *kwargs.values()) for leaf in leaves(each))


@dataclass(slots=True)
class _Maker:
    arguments: Arguments
    dtype: torch.dtype
    device: torch.device
    data: bool
    generator: torch.Generator = field(default_factory=lambda: torch.Generator().manual_seed(0))
    copies: dict[int, object] = field(default_factory=dict)

    def made(self, leaf: object) -> object:
        if isinstance(leaf, TensorInput):
            return self._declared(leaf)
        if isinstance(leaf, torch.Tensor):
            return self._given(leaf)
        if isinstance(leaf, Iterator) and is_used_up(leaf):
            return iter([map_leaves(self.made, each) for each in self.arguments.elements_of(leaf)])
        return copied(leaf, self._given, self.copies)

    def _declared(self, declared: TensorInput) -> torch.Tensor:
        kind, shape = _dtype(declared, self.dtype), _shape(declared)
        if _is_floating(kind) and declared.fill is None:
            return self._drawn(shape, kind) if self.data else dataless(shape, kind, device=self.device)
        if not self.data and math.prod(shape) > _KNOWN_ELEMENTS:
            return dataless(shape, kind, device=self.device)
        fill = declared.fill if declared.fill is not None else kind is torch.bool
        return torch.full(shape, fill, dtype=kind, device=self.device)

    def _drawn(self, shape: Sequence[int], kind: torch.dtype) -> torch.Tensor:
        drawn = torch.complex64 if kind.is_complex else torch.float32
        # The same on every device, and whatever device is the default around the count.
        values = torch.randn(shape, dtype=drawn, generator=self.generator, device=CPU)
        return values.to(device=self.device, dtype=kind)

    def _given(self, tensor: torch.Tensor) -> torch.Tensor:
        unknown = not self.data and (_is_floating(tensor.dtype) or tensor.numel() > _KNOWN_ELEMENTS)
        if unknown and tensor.layout is torch.strided:
            made = dataless(tensor.shape, tensor.dtype, stride=tensor.stride(), device=tensor.device)
        else:
            made = tensor.detach().clone()
        return made.requires_grad_(tensor.requires_grad)


def _shape(declared: TensorInput) -> tuple[int, ...]:
    return tuple(int(size) for size in declared.dims)


def _dtype(declared: TensorInput, dtype: torch.dtype) -> torch.dtype:
    return getattr(torch, declared.dtype) if declared.dtype is not None else dtype


def _is_floating(kind: torch.dtype) -> bool:
    return kind.is_floating_point or kind.is_complex
