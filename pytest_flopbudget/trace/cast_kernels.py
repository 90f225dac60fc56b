"""Casting for tensors without data: torch's autocast goes by a tensor's device, and theirs is none that it casts for.

A dispatch key of torch's that no device of ours uses stands for theirs, on the thread of the trace and while autocast
is on. So calls are cast where torch casts: above autograd, and within composite operators too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
    """The key's kernels, while a trace meets autocast; they are of one device at a time."""

    def __init__(self) -> None:
        self._device = ""
        self._libraries: tuple[Callable[[], object], ...] = ()
        self._casting: Casting | None = None

    @contextmanager
    def casting_by(self, casting: Casting) -> Iterator[None]:
        """Let a trace cast, as soon as it meets autocast; one at a time, and the traces that it runs in."""
        outer, self._casting = self._casting, casting
        try:
            yield
        finally:
            self._casting = outer
            self._let_go()

    def set_for(self, device: str) -> None:
        """Cast the overloads that autocast has a say in on a device, and let the others' calls fall through."""
        if device == self._device:
            return
        self._let_go()
        fallback = torch._C._dispatch_library("IMPL", "_", _NAME, __file__, 0)
        fallback.fallback_fallthrough()
        library = torch.library.Library("aten", "IMPL")
        self._device, self._libraries = device, (fallback.reset, library._destroy)
        for name in overloads(device):
            namespace, _, own = name.partition("::")
            packet, _, overload = own.partition(".")
            if namespace == "aten":
                function = getattr(getattr(torch.ops.aten, packet), overload or "default")
                library.impl(own, partial(self._kernel, function), _NAME)

    def _let_go(self) -> None:
        for taken_back in reversed(self._libraries):
            taken_back()
        self._device, self._libraries = "", ()

    def _kernel(self, overload: torch._ops.OpOverload, /, *args: object, **kwargs: object) -> object:
        if self._casting is None:
            return redispatched(overload, args, kwargs)
        return self._casting.called(overload, args, kwargs)


KERNELS = _Kernels()
