"""Stand-ins for a model's tensors: data-less twins of its parameters, clones of its buffers."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import torch

from pytest_flopbudget.trace.dataless import CPU, META, DatalessTensor, NotOnShapesError, dataless, hidden
from pytest_flopbudget.trace.kinds import Kinds
from pytest_flopbudget.trace.nests import map_tensors, tensors_in
from pytest_flopbudget.trace.snapshots import Attribute

_TORCHS_OWN = vars(torch.Tensor)["__torch_function__"].__func__
_PLAIN = frozenset((torch.Tensor, torch.nn.Parameter))


def swap_in(
    modules: Collection[torch.nn.Module],
    attributes: Collection[Attribute],
    *,
    data: bool,
    kinds: Kinds | None = None,
) -> list[torch.Tensor]:
    """Put twins in the place of parameters and clones in the place of buffers; inside ``guard.untouched``.

    They take their places also where a module's own attributes hold the very same tensors, or other views of
    them; a plain attribute without data gets a twin too.

    Args:
        modules: All modules of the model.
        attributes: What they hold beside, and what may be or hold tensors.
        data: Whether a parameter's twin shares its values, so that it can be executed; else it has no data.
        kinds: Told of the twins without data; None where nothing asks for kinds.

    Returns:
        The clones, whose values are known and are the trace's own to write.

    Raises:
        NotOnShapesError: There is no data, and a tensor does by itself more than torch's tensors do.
    """
    parameters, buffers = _held(modules, "_parameters"), _held(modules, "_buffers")
    if not data:
        refuse_own_makes((*parameters, *buffers), "a parameter or buffer")
    cast = _Cast(_tensors(parameters, buffers, attributes), data=data, kinds=kinds)
    for module in modules:
        # What a scripted module holds stays with TorchScript.
        if not isinstance(module, torch.jit.ScriptModule):
            for held in (module._parameters, module._buffers):
                if held:
                    _swap(held, cast.twins)
    for module, name, value in attributes:
        if not isinstance(module, torch.jit.ScriptModule):
            module.__dict__[name] = _swap(value, cast.twins)
    return cast.clones


def _swap(value: Any, twins: Mapping[int, torch.Tensor]) -> object:
    """A value with twins for its tensors: a dictionary or a list keeps them itself, anything else is made anew."""
    if type(value) in (dict, OrderedDict):
        for key, each in value.items():
            twin = twins.get(id(each))
            swapped = _swapped(each, twins) if twin is None else twin
            if swapped is not each:
                value[key] = swapped
    elif type(value) is list:
        value[:] = [_swapped(each, twins) for each in value]
    else:
        return _swapped(value, twins)
    return value


def refuse_own_makes(tensors: Iterable[torch.Tensor], what: str) -> None:
    """Refuse tensors whose class says what operators do with them: a twin without data would not do it.

    Raises:
        NotOnShapesError: One is of such a class.
    """
    # Many tensors are of few classes.
    for kind in dict.fromkeys(map(type, tensors)):
        if is_of_its_own_make(kind):
            raise NotOnShapesError(f"meets {what} of its own make, {kind.__name__}")


def is_of_its_own_make(kind: type[torch.Tensor]) -> bool:
    """Whether a class of tensors has a say in what operators do."""
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


def _tensors(
    parameters: Collection[torch.Tensor], buffers: Collection[torch.Tensor], attributes: Iterable[Attribute]
) -> _Tensors:
    parameters, buffers = _all_replaceable(parameters), _all_replaceable(buffers)
    storages = {id(tensor): tensor.untyped_storage()._cdata for tensor in (*parameters, *buffers)}
    own = set(storages.values())
    others = [tensor for tensor in _beside(attributes) if tensor.is_meta or _storage(tensor) in own]
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
        self._shared = {storage for storage, views in Counter(tensors.storages.values()).items() if views > 1}
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
        elif known or storage in self._shared:
            twin = _copy(tensor, self._bases, shared=storage in self._shared, known=known)
            if type(twin) is not DatalessTensor:
                self.clones.append(twin)
        else:
            twin = _laid_out_as(tensor, self._kinds)
        self.twins[id(tensor)] = twin
        # Somebody gave it attributes; most have none.
        if tensor.__dict__:
            twin.__dict__.update(tensor.__dict__)
        return twin


def _laid_out_as(tensor: torch.Tensor, kinds: Kinds | None) -> torch.Tensor:
    device = CPU if tensor.is_meta else tensor.device
    if kinds is not None:
        return kinds.laid_out_as(tensor, device)
    return dataless(tensor.shape, tensor.dtype, stride=tensor.stride(), device=device)


def _beside(attributes: Iterable[Attribute]) -> list[torch.Tensor]:
    """The tensors that modules hold as plain attributes, also in containers."""
    held = [attribute.value for attribute in attributes]
    return [tensor for tensor in tensors_in(held) if type(tensor) is not DatalessTensor and _replaceable(tensor)]


def _storage(tensor: torch.Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _all_replaceable(tensors: Collection[torch.Tensor]) -> list[torch.Tensor]:
    if _PLAIN.issuperset(map(type, tensors)):
        return [tensor for tensor in tensors if tensor.layout is torch.strided and not tensor.is_quantized]
    return list(filter(_replaceable, tensors))


def _replaceable(tensor: torch.Tensor) -> bool:
    kind = type(tensor)
    if kind not in _PLAIN and (is_of_its_own_make(kind) or torch.nn.parameter.is_lazy(tensor)):
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
