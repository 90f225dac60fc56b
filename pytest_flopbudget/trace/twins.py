"""Stand-ins for a model's tensors: data-less twins of its parameters, clones of its buffers."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection

import torch

from pytest_flopbudget.trace.dataless import CPU, META, dataless, hidden


def swap_in(modules: Collection[torch.nn.Module]) -> list[torch.Tensor]:
    """Put twins in the place of parameters and clones in the place of buffers; inside ``guard.untouched``.

    They take their places also where a module's own attributes, lists or dicts hold the very same tensors.

    Returns:
        The clones, whose values are known and are the trace's own to write.
    """
    twins = _twins(modules)
    for module in modules:
        if isinstance(module, torch.jit.ScriptModule):
            continue
        _replace(module.__dict__, twins)
        for value in module.__dict__.values():
            if type(value) in (dict, OrderedDict, list) and value:
                _replace(value, twins)
    return [twin for twin in twins.values() if not twin.is_meta and twin.device != META]


def device_of(modules: Collection[torch.nn.Module]) -> torch.device:
    """The device that the model would run on: its first parameter's or buffer's; meta counts as the CPU."""
    for tensor in (*_held(modules, "_parameters"), *_held(modules, "_buffers")):
        return CPU if tensor.is_meta else tensor.device
    return CPU


def dtype_of(modules: Collection[torch.nn.Module]) -> torch.dtype:
    """The floating type of the model's parameters, else torch's default."""
    for parameter in _held(modules, "_parameters"):
        if parameter.is_floating_point() or parameter.is_complex():
            return parameter.dtype
    return torch.get_default_dtype()


def _replace(container: dict[str, object] | list[object], twins: dict[int, torch.Tensor]) -> None:
    if isinstance(container, dict):
        container.update({key: twins[id(value)] for key, value in container.items() if id(value) in twins})
    else:
        container[:] = [twins.get(id(value), value) for value in container]


def _held(modules: Collection[torch.nn.Module], kind: str) -> list[torch.Tensor]:
    """The modules' own parameters or buffers, each once."""
    held = {id(tensor): tensor for module in modules for tensor in getattr(module, kind).values()}
    return [tensor for tensor in held.values() if tensor is not None]


def _twins(modules: Collection[torch.nn.Module]) -> dict[int, torch.Tensor]:
    parameters = [parameter for parameter in _held(modules, "_parameters") if _replaceable(parameter)]
    buffers = [buffer for buffer in _held(modules, "_buffers") if _replaceable(buffer)]
    sharing = Counter(tensor.untyped_storage()._cdata for tensor in (*parameters, *buffers))
    bases: dict[int, torch.UntypedStorage] = {}
    twins: dict[int, torch.Tensor] = {}
    for parameter in parameters:
        twin = _copy(parameter, bases, shared=sharing[parameter.untyped_storage()._cdata] > 1, known=False)
        twin.__dict__["_is_param"] = True
        twins[id(parameter)] = twin.requires_grad_(parameter.requires_grad)
    for buffer in buffers:
        shared = sharing[buffer.untyped_storage()._cdata] > 1
        twins[id(buffer)] = _copy(buffer, bases, shared=shared, known=not buffer.is_meta)
    return twins


def _replaceable(tensor: torch.Tensor) -> bool:
    return tensor.layout is torch.strided and not tensor.is_quantized


def _copy(tensor: torch.Tensor, bases: dict[int, torch.UntypedStorage], *, shared: bool, known: bool) -> torch.Tensor:
    """A twin or clone; tensors of one storage get copies of one storage, so that what aliases still does."""
    device = CPU if tensor.is_meta else tensor.device
    if not shared and not known:
        return dataless(tensor.shape, tensor.dtype, stride=tensor.stride(), device=device)
    storage = tensor.untyped_storage()
    base = bases.get(storage._cdata)
    if base is None:
        base = storage.clone() if known else torch.UntypedStorage(storage.nbytes(), device="meta")
        bases[storage._cdata] = base
    empty = torch.empty(0, dtype=tensor.dtype, device=base.device)
    copy = empty.set_(base, tensor.storage_offset(), tensor.shape, tensor.stride())
    return hidden(copy, device) if base.device == META else copy
