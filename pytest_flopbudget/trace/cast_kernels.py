"""Casting for tensors without data: torch's autocast goes by a tensor's device, and theirs is none that it casts for.

A dispatch key of torch's that no device of ours uses stands for theirs, on the thread of the trace and while autocast
is on. So calls are cast where torch casts: above autograd, and within composite operators too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import torch

from pytest_flopbudget.trace.cast_policy import Cast, cast_call, overloads
from pytest_flopbudget.trace.nests import map_tensors

_NAME = "AutocastIPU"
KEY = torch._C._dispatch_key_parse(_NAME)


class Casting:
    """Casts the calls of one trace as torch would on a device.

    Args:
        device: The device that the model would run on.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        # torch casts a parameter once in a region.
        self._parameters: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def forget_parameters(self) -> None:
        """A region ends."""
        self._parameters.clear()

    def called(self, overload: torch._ops.OpOverload, args: Sequence[object], kwargs: Mapping[str, object]) -> object:
        """What the call gives once it is cast."""
        call = cast_call(overload, args, kwargs, self._device)

        def cast(tensor: torch.Tensor) -> torch.Tensor:
            return self._cast(call.casts[id(tensor)]) if id(tensor) in call.casts else tensor

        # torch casts the last argument first.
        given = [map_tensors(cast, value) for value in reversed(call.args)][::-1]
        return redispatched(call.overload, given, {name: map_tensors(cast, each) for name, each in call.kwargs.items()})

    def _cast(self, cast: Cast) -> torch.Tensor:
        tensor = cast.tensor
        if tensor.dtype == cast.dtype:
            return tensor
        is_kept = (
            (tensor.dtype, cast.dtype) == (torch.float32, torch.get_autocast_dtype(self._device.type))
            and tensor.requires_grad
            and tensor.is_leaf
            and not tensor._is_view()
            and torch.is_autocast_cache_enabled()
        )
        if not is_kept:
            return tensor.to(cast.dtype)
        if id(tensor) not in self._parameters:
            self._parameters[id(tensor)] = (tensor, tensor.to(cast.dtype))
        return self._parameters[id(tensor)][1]


def redispatched(overload: torch._ops.OpOverload, args: Sequence[object], kwargs: Mapping[str, object]) -> object:
    """What the operator gives, without another look by autocast."""
    exclusion: AbstractContextManager[object] = torch._C._ExcludeDispatchKeyGuard(torch._C.DispatchKeySet(KEY))
    with exclusion:
        return overload(*args, **kwargs)


class _Kernels:
    """The key's kernels; they are of one device at a time, and nobody but a trace ever meets them."""

    def __init__(self) -> None:
        self._device = ""
        self._fallback: object = None
        self._library: torch.library.Library | None = None
        self._casting: Casting | None = None

    @contextmanager
    def casting_by(self, casting: Casting, device: str) -> Iterator[None]:
        """Cast the overloads that autocast has a say in on a device; for one trace at a time."""
        self._set_for(device)
        outer, self._casting = self._casting, casting
        try:
            yield
        finally:
            self._casting = outer

    def _set_for(self, device: str) -> None:
        if device == self._device:
            return
        if self._fallback is None:
            library = torch._C._dispatch_library("IMPL", "_", _NAME, __file__, 0)
            library.fallback_fallthrough()
            self._fallback = library
        if self._library is not None:
            self._library._destroy()
        self._device, self._library = device, torch.library.Library("aten", "IMPL")
        for name in overloads(device):
            namespace, _, own = name.partition("::")
            packet, _, overload = own.partition(".")
            if namespace == "aten":
                function = getattr(getattr(torch.ops.aten, packet), overload or "default")
                self._library.impl(own, partial(self._kernel, function), _NAME)

    def _kernel(self, overload: torch._ops.OpOverload, /, *args: object, **kwargs: object) -> object:
        if self._casting is None:
            return redispatched(overload, args, kwargs)
        return self._casting.called(overload, args, kwargs)


KERNELS = _Kernels()
