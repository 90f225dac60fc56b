"""What autocast makes of a call: torch is asked, with arguments that stand in for the call's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import torch

from pytest_flopbudget.trace.dataless import DatalessTensor
from pytest_flopbudget.trace.guard import no_outer_modes
from pytest_flopbudget.trace.nests import map_tensors, tensors_in

# The devices for which torch casts, and the dispatch key of each.
KEYS: Mapping[str, str] = {
    "cpu": "AutocastCPU",
    "cuda": "AutocastCUDA",
    "mps": "AutocastMPS",
    "xpu": "AutocastXPU",
}


_Named = Mapping[str, object]
_CASTS = frozenset({"aten::to", "aten::_to_copy"})


@dataclass(frozen=True, slots=True)
class Cast:
    """A tensor of a call, cast to an element type."""

    tensor: torch.Tensor
    dtype: torch.dtype


@dataclass(frozen=True, slots=True)
class CastCall:
    """The call that autocast makes of another: maybe of another overload, with further arguments.

    Args:
        overload: What is called.
        args: Positional arguments, with the stand-ins of those that were given.
        kwargs: Keyword arguments.
        casts: What each stand-in stands for, by its identity.
    """

    overload: torch._ops.OpOverload
    args: Sequence[object]
    kwargs: Mapping[str, object]
    casts: Mapping[int, Cast]


class CallSeen(Exception):
    """Autocast is done with a call, and hands it on."""

    def __init__(
        self, overload: torch._ops.OpOverload, positional: Sequence[object], named: Mapping[str, object]
    ) -> None:
        super().__init__(overload.name())
        self.overload = overload
        self.positional = positional
        self.named = named


class _StandIn(torch.Tensor):
    """A tensor on the device for which autocast casts: it has no data, and computes nothing."""

    cast: Cast


def _seen(
    _: type, func: torch._ops.OpOverload, _types: object, args: Sequence[object] = (), kwargs: _Named | None = None
) -> torch.Tensor:
    given, named = args[0], kwargs or {}
    dtype = named.get("dtype", args[1] if len(args) > 1 else None)
    if func._schema.name in _CASTS and isinstance(given, _StandIn) and isinstance(dtype, torch.dtype):
        return _standing_in(Cast(given.cast.tensor, dtype), given.device)
    raise CallSeen(func, args, named)


# Set afterwards: torch declares it otherwise, which a type checker lets no subclass replace.
setattr(_StandIn, "__torch_dispatch__", classmethod(_seen))  # noqa: B010


@cache
def overloads(device: str) -> frozenset[str]:
    """The overloads, by their names, that autocast has a say in on a type of device."""
    return frozenset(torch._C._dispatch_get_registrations_for_dispatch_key(KEYS[device]))


def is_on(device: str) -> bool:
    """Whether autocast is on for a type of device; older torch knows none for some."""
    try:
        return torch.is_autocast_enabled(device)
    except RuntimeError:
        return False


def cast_call(
    overload: torch._ops.OpOverload, args: Sequence[object], kwargs: Mapping[str, object], device: torch.device
) -> CastCall:
    """What autocast, as it is set now, makes of a call on a device's tensors.

    Args:
        overload: An overload that autocast has a say in on this device.
        args: The call's positional arguments.
        kwargs: Its keyword arguments.
        device: Where the model would run; tensors without data are taken to be there.

    Raises:
        RuntimeError: torch says that the call is not safe under autocast.
    """
    standing = {id(tensor): _stand_in_for(tensor, device) for tensor in tensors_in((args, kwargs))}

    def stand_in(tensor: torch.Tensor) -> torch.Tensor:
        return standing[id(tensor)]

    given = [map_tensors(stand_in, value) for value in args]
    named = {name: map_tensors(stand_in, value) for name, value in kwargs.items()}
    seen = asked(overload, given, named, device)
    casts = {id(each): each.cast for each in tensors_in((seen.positional, seen.named)) if isinstance(each, _StandIn)}
    return CastCall(seen.overload, seen.positional, seen.named, casts)


def asked(
    overload: torch._ops.OpOverload, args: Sequence[object], kwargs: Mapping[str, object], device: torch.device
) -> CallSeen:
    """Let torch judge and cast a call on stand-ins; what it hands on.

    Raises:
        RuntimeError: torch says that the call is not safe under autocast.
    """
    key = torch._C._dispatch_key_parse(KEYS[device.type])
    none = torch._C.DispatchKeySet(torch._C.DispatchKey.Undefined)
    # Below autograd, and outside torch's transforms, the call that is handed on arrives whole.
    with no_outer_modes(), torch._C._ForceDispatchKeyGuard(none, none), torch._C._AutoDispatchBelowAutograd():
        try:
            overload._op_dk(key, *args, **kwargs)
        except CallSeen as seen:
            return seen
    raise AssertionError(f"autocast did not hand {overload.name()} on")


def _stand_in_for(tensor: torch.Tensor, device: torch.device) -> _StandIn:
    without_data = type(tensor) is DatalessTensor or tensor.is_meta
    return _standing_in(Cast(tensor, tensor.dtype), device if without_data else tensor.device)


def _standing_in(cast: Cast, device: torch.device) -> _StandIn:
    made: _StandIn = torch.Tensor._make_wrapper_subclass(_StandIn, cast.tensor.shape, dtype=cast.dtype, device=device)
    made.cast = cast
    return made
