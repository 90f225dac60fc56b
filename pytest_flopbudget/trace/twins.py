"""Stand-ins for a model's tensors: data-less twins of its parameters, clones of its buffers."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import torch

from pytest_flopbudget.trace.dataless import CPU, META, DatalessTensor, NotOnShapesError, dataless, hidden
from pytest_flopbudget.trace.kinds import Kinds
from pytest_flopbudget.trace.nests import map_tensors, tensors_in

_TORCHS_OWN = vars(torch.Tensor)["__torch_function__"].__func__
_REGISTERED = ("_parameters", "_buffers")
_HOLD_NONE = frozenset(
    (type(None), bool, int, float, complex, str, bytes, set, type, FunctionType, BuiltinFunctionType, MethodType)
)
_PLAIN = frozenset((torch.Tensor, torch.nn.Parameter))
_NESTS = frozenset((dict, OrderedDict, list, tuple))


def swap_in(modules: Collection[torch.nn.Module], *, data: bool, kinds: Kinds | None = None) -> list[torch.Tensor]:
    """Put twins in the place of parameters and clones in the place of buffers; inside ``guard.untouched``.

    They take their places also where a module's own attributes hold the very same tensors, or other views of
    them; a plain attribute without data gets a twin too.

    Args:
        modules: All modules of the model.
        data: Whether a parameter's twin shares its values, so that it can be executed; else it has no data.
        kinds: Told of the twins without data; None where nothing asks for kinds.

    Returns:
        The clones, whose values are known and are the trace's own to write.

    Raises:
        NotOnShapesError: There is no data, and a tensor does by itself more than torch's tensors do.
    """
    if not data:
        refuse_own_makes((*_held(modules, "_parameters"), *_held(modules, "_buffers")), "a parameter or buffer")
    places = [place for module in modules for place in _places(module)]
    cast = _Cast(_tensors(modules, places), data=data, kinds=kinds)
    for place in places:
        if not place.is_scripted:
            _swap(place, cast.twins)
    return cast.clones


@dataclass(slots=True)
class _Place:
    """An attribute of a module that may hold tensors."""

    attributes: dict[str, Any]
    name: str
    value: Any
    is_scripted: bool


def _places(module: torch.nn.Module) -> Iterator[_Place]:
    attributes = module.__dict__
    for name, value in attributes.items():
        kind = type(value)
        if kind in _HOLD_NONE or name == "_modules":
            continue
        # Most of a module's containers are empty.
        if kind not in _NESTS or (value and not _HOLD_NONE.issuperset(map(type, _elements(value)))):
            yield _Place(attributes, name, value, isinstance(module, torch.jit.ScriptModule))


def _elements(nest: dict[str, Any] | list[Any] | tuple[Any, ...]) -> Iterable[object]:
    return nest.values() if isinstance(nest, dict) else nest


def _swap(place: _Place, twins: Mapping[int, torch.Tensor]) -> None:
    value = place.value
    if type(value) in (dict, OrderedDict):
        for key, each in value.items():
            twin = twins.get(id(each))
            swapped = _swapped(each, twins) if twin is None else twin
            if swapped is not each:
                value[key] = swapped
    elif type(value) is list:
        value[:] = [_swapped(each, twins) for each in value]
    else:
        place.attributes[place.name] = _swapped(value, twins)


def refuse_own_makes(tensors: Iterable[torch.Tensor], what: str) -> None:
    """Refuse tensors whose class says what operators do with them: a twin without data would not do it.

    Raises:
        NotOnShapesError: One is of such a class.
    """
    for tensor in tensors:
        if is_of_its_own_make(tensor):
            raise NotOnShapesError(f"meets {what} of its own make, {type(tensor).__name__}")


def is_of_its_own_make(tensor: torch.Tensor) -> bool:
    """Whether a tensor's class has a say in what operators do."""
    kind = type(tensor)
    if kind in (torch.Tensor, torch.nn.Parameter, DatalessTensor):
        return False
    own = getattr(kind.__torch_function__, "__func__", _TORCHS_OWN)
    return own is not _TORCHS_OWN or kind.__torch_dispatch__ is not torch.Tensor.__torch_dispatch__


def _swapped(value: object, twins: Mapping[int, torch.Tensor]) -> object:
    """A value with twins for its tensors; containers below are made anew, and put back with the attribute."""
    twin = twins.get(id(value))
    if twin is not None:
        return twin
    if type(value) in (list, tuple, dict) and any(id(tensor) in twins for tensor in tensors_in(value)):
        return map_tensors(lambda tensor: twins.get(id(tensor), tensor), value)
    return value


def device_of(modules: Collection[torch.nn.Module]) -> torch.device:
    """The device that the model would run on: its first parameter's or buffer's; meta counts as the CPU."""
    for tensor in chain(_each(modules, "_parameters"), _each(modules, "_buffers")):
        return CPU if tensor.is_meta else tensor.device
    return CPU


def dtype_of(modules: Collection[torch.nn.Module]) -> torch.dtype:
    """The floating type of the model's parameters, else torch's default."""
    for parameter in _each(modules, "_parameters"):
        if parameter.is_floating_point() or parameter.is_complex():
            return parameter.dtype
    return torch.get_default_dtype()


def parameters_of(modules: Collection[torch.nn.Module]) -> list[torch.Tensor]:
    """The modules' parameters, each once."""
    return _held(modules, "_parameters")


def storage_bytes(modules: Collection[torch.nn.Module]) -> int:
    """The bytes of the parameters and buffers, each storage once."""
    held = [*_held(modules, "_parameters"), *_held(modules, "_buffers")]
    storages = {_storage(tensor): tensor.untyped_storage().nbytes() for tensor in held if _replaceable(tensor)}
    return sum(storages.values())


def _held(modules: Collection[torch.nn.Module], kind: str) -> list[torch.Tensor]:
    """The modules' own parameters or buffers, each once."""
    return list({id(tensor): tensor for tensor in _each(modules, kind)}.values())


def _each(modules: Iterable[torch.nn.Module], kind: str) -> Iterator[torch.Tensor]:
    for module in modules:
        for tensor in getattr(module, kind).values():
            if tensor is not None:
                yield tensor


@dataclass(frozen=True, slots=True)
class _Tensors:
    """The tensors of a model that others stand in for, each once, and their storages by the tensors' identities."""

    parameters: list[torch.Tensor]
    buffers: list[torch.Tensor]
    others: list[torch.Tensor]
    storages: dict[int, int]


def _tensors(modules: Collection[torch.nn.Module], places: Iterable[_Place]) -> _Tensors:
    parameters = [parameter for parameter in _held(modules, "_parameters") if _replaceable(parameter)]
    buffers = [buffer for buffer in _held(modules, "_buffers") if _replaceable(buffer)]
    storages = {id(tensor): _storage(tensor) for tensor in (*parameters, *buffers)}
    own = set(storages.values())
    others = [tensor for tensor in _attributes(places) if tensor.is_meta or _storage(tensor) in own]
    storages |= {id(tensor): _storage(tensor) for tensor in others}
    return _Tensors(parameters, buffers, others, storages)


class _Cast:
    """The tensors that take others' places, by the identities of these; and those of them that are clones."""

    def __init__(self, tensors: _Tensors, *, data: bool, kinds: Kinds | None) -> None:
        self.twins: dict[int, torch.Tensor] = {}
        self.clones: list[torch.Tensor] = []
        self._data = data
        self._kinds = kinds
        self._storages = tensors.storages
        self._of_parameters = {tensors.storages[id(parameter)] for parameter in tensors.parameters}
        self._sharing = Counter(tensors.storages.values())
        self._bases: dict[int, torch.UntypedStorage] = {}
        for parameter in tensors.parameters:
            twin = self._add(parameter, known=False)
            twin.__dict__["_is_param"] = True
            # A parameter that was made in inference mode asks for none.
            if parameter.requires_grad and not (data and twin.is_inference()):
                twin.requires_grad_()
        for tensor in (*tensors.buffers, *tensors.others):
            if id(tensor) not in self.twins:
                self._add(tensor, known=not tensor.is_meta)

    def _add(self, tensor: torch.Tensor, *, known: bool) -> torch.Tensor:
        storage = self._storages[id(tensor)]
        if self._data and storage in self._of_parameters:
            # It shares the parameter's values; what writes to them keeps them first.
            twin = tensor.detach()
        else:
            twin = self._stand_in(tensor, shared=self._sharing[storage] > 1, known=known)
            if type(twin) is not DatalessTensor:
                self.clones.append(twin)
        self.twins[id(tensor)] = twin
        # Somebody gave it attributes; most have none.
        if tensor.__dict__:
            twin.__dict__.update(tensor.__dict__)
        return twin

    def _stand_in(self, tensor: torch.Tensor, *, shared: bool, known: bool) -> torch.Tensor:
        if shared or known:
            return _copy(tensor, self._bases, shared=shared, known=known)
        device = CPU if tensor.is_meta else tensor.device
        if self._kinds is not None:
            return self._kinds.laid_out_as(tensor, device)
        return dataless(tensor.shape, tensor.dtype, stride=tensor.stride(), device=device)


def _attributes(places: Iterable[_Place]) -> list[torch.Tensor]:
    """The tensors that modules hold as plain attributes, also in containers."""
    held = [place.value for place in places if place.name not in _REGISTERED]
    return [tensor for tensor in tensors_in(held) if type(tensor) is not DatalessTensor and _replaceable(tensor)]


def _storage(tensor: torch.Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _replaceable(tensor: torch.Tensor) -> bool:
    if type(tensor) not in _PLAIN and (is_of_its_own_make(tensor) or torch.nn.parameter.is_lazy(tensor)):
        return False
    return tensor.layout is torch.strided and not tensor.is_quantized


def _copy(tensor: torch.Tensor, bases: dict[int, torch.UntypedStorage], *, shared: bool, known: bool) -> torch.Tensor:
    """A twin or clone; tensors of one storage get copies of one storage, so that what aliases still does."""
    if not shared and _is_whole(tensor):
        return tensor.detach().clone() if tensor.requires_grad else tensor.clone()
    storage = tensor.untyped_storage()
    base = bases.get(storage._cdata)
    if base is None:
        base = (
            storage.clone()
            if known and storage.device != META
            else torch.UntypedStorage(storage.nbytes(), device="meta")
        )
        bases[storage._cdata] = base
    empty = torch.empty(0, dtype=tensor.dtype, device=base.device)
    copy = empty.set_(base, tensor.storage_offset(), tensor.shape, tensor.stride())
    return hidden(copy, CPU if tensor.is_meta else tensor.device) if base.device == META else copy


def _is_whole(tensor: torch.Tensor) -> bool:
    """Whether a tensor is all that its storage holds, plainly laid out."""
    return (
        type(tensor) is torch.Tensor
        and not tensor.is_meta
        and not tensor.is_complex()
        and tensor.is_contiguous()
        and tensor.untyped_storage().nbytes() == tensor.numel() * tensor.element_size()
    )
