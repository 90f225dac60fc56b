"""Where autocast is on: torch switches it off inside a dispatch mode, and there the mode's own calls need it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any

import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.cast_kernels import KERNELS, KEY, Casting
from pytest_flopbudget.trace.cast_policy import KEYS, is_on, overloads
from pytest_flopbudget.trace.nests import tensors_in
from pytest_flopbudget.trace.posts import standing_before

_SETTERS = ("set_autocast_enabled", "set_autocast_cpu_enabled")
# Composite operators that autocast casts within, and whose shape rules do not.
_CAST_WITHIN = ("aten::lstm", "aten::gru", "aten::rnn_", "aten::upsample_", "aten::square")
_LSTM = "aten::lstm."
_BY_LIBRARIES = {"cpu": (_LSTM,), "cuda": (_LSTM, "aten::gru.", "aten::rnn_tanh.", "aten::rnn_relu.")}


class _Tracked:
    """For which devices autocast is on, on one thread."""

    def __init__(self, casting: Casting | None, device: str) -> None:
        self.casting = casting
        self.device = device
        self._thread = threading.get_ident()
        self._on: frozenset[str] = frozenset()
        self._is_cast = False

    def look(self) -> None:
        """It may have been switched on or off."""
        self._on = frozenset(device for device in KEYS if is_on(device))
        if self.casting is not None:
            casts = self.device in self._on
            if casts:
                KERNELS.set_for(self.device)
            _set(KEY, included=casts)

    def switched(self, behind: Callable[..., Any], *args: Any) -> Any:
        """What stands before torch's own switches."""
        out = behind(*args)
        if threading.get_ident() == self._thread:
            self.look()
        return out

    def ended(self, behind: Callable[..., Any]) -> Any:
        """What stands before the end of a region."""
        if self.casting is not None and threading.get_ident() == self._thread:
            self.casting.forget_parameters()
        return behind()

    def casts_within(self, overload: torch._ops.OpOverload) -> bool:
        """Whether an operator that a mode sees whole is cast in its pieces."""
        return bool(self._on) and not self._is_cast and not self._casts(overload)

    @contextmanager
    def pieces(self, overload: torch._ops.OpOverload) -> Iterator[None]:
        """Cast the pieces of a call, unless it is cast as a whole: then they are not looked at."""
        if self._is_cast or self._casts(overload):
            outer, self._is_cast = self._is_cast, True
            try:
                yield
            finally:
                self._is_cast = outer
            return
        keys = [torch._C._dispatch_key_parse(KEYS[device]) for device in self._on]
        if self.casting is not None and self.device in self._on:
            keys.append(KEY)
        excluded = [key for key in keys if torch._C._dispatch_tls_is_dispatch_key_excluded(key)]
        for key in excluded:
            torch._C._dispatch_tls_set_dispatch_key_excluded(key, False)
        try:
            yield
        finally:
            for key in excluded:
                torch._C._dispatch_tls_set_dispatch_key_excluded(key, True)

    def _casts(self, overload: torch._ops.OpOverload) -> bool:
        return any(overload.name() in overloads(device) for device in self._on)

    @property
    def is_on(self) -> bool:
        """Whether it is on for any device."""
        return bool(self._on)


class _Here(threading.local):
    """Of each thread, what it tracks: for the count or region that runs, and for those that it runs in."""

    def __init__(self) -> None:
        self.tracked: list[_Tracked] = []

    @property
    def innermost(self) -> _Tracked | None:
        """What is tracked for the innermost, where autocast is on."""
        return self.tracked[-1] if self.tracked and self.tracked[-1].is_on else None


_HERE = _Here()


@contextmanager
def tracked(device: torch.device, *, casts: bool) -> Iterator[None]:
    """Keep track of autocast on this thread.

    Args:
        device: The device that the model would run on.
        casts: Whether tensors without data are cast as if they were there; those with data torch casts by itself.
    """
    casting = Casting(device) if casts else None
    here = _Tracked(casting, device.type)
    included = torch._C._dispatch_tls_is_dispatch_key_included(KEY)
    with ExitStack() as undoing:
        undoing.callback(_resume, included=included)
        if casting is not None:
            undoing.enter_context(KERNELS.casting_by(casting))
        for name in _SETTERS:
            undoing.enter_context(standing_before(torch, name, here.switched))
        undoing.enter_context(standing_before(torch, "clear_autocast_cache", here.ended))
        _HERE.tracked.append(here)
        try:
            here.look()
            yield
        finally:
            _HERE.tracked.pop()


def _resume(*, included: bool) -> None:
    """A trace has ended; the one that it ran in, if any, goes on."""
    if _HERE.tracked:
        _HERE.tracked[-1].look()
    _set(KEY, included=included)


def is_known(device: torch.device) -> bool:
    """Whether it is known what autocast casts on a device."""
    return device.type in KEYS


def is_cast() -> bool:
    """Whether autocast is on for the count or region that runs here."""
    return _HERE.innermost is not None


def casts_within(overload: torch._ops.OpOverload) -> bool:
    """Whether the results' types are not to be told by a shape rule, since autocast casts in the operator's pieces."""
    here = _HERE.innermost
    return here is not None and overload._schema.name.startswith(_CAST_WITHIN) and here.casts_within(overload)


def library_type(call: Call) -> torch.dtype | None:
    """The type that autocast gives a recurrent layer which a library computes in one; None where torch does in pieces.

    oneDNN takes an LSTM without projections, cuDNN and MIOpen take every layer.
    """
    device = _HERE.tracked[-1].device
    layers = _BY_LIBRARIES.get(device, ())
    state = call.argument("hx")
    if not call.schema.overload.startswith(layers) or not isinstance(state, (list, tuple)):
        return None
    is_projected = len({tensor.shape[-1] for tensor in tensors_in(state)}) > 1
    return None if device == "cpu" and is_projected else torch.get_autocast_dtype(device)


def pieces(overload: torch._ops.OpOverload) -> AbstractContextManager[None]:
    """Inside a dispatch mode: let autocast have its say in the pieces of a call that fell through it."""
    here = _HERE.innermost
    return nullcontext() if here is None else here.pieces(overload)


def pieces_on_shapes(overload: torch._ops.OpOverload) -> AbstractContextManager[None]:
    """The same for kernels without data: only those of a composite operator call what torch's own would call."""
    is_composite = torch._C._dispatch_has_kernel_for_dispatch_key(overload.name(), "CompositeImplicitAutograd")
    return pieces(overload) if is_composite else nullcontext()


def _set(key: torch._C.DispatchKey, *, included: bool) -> None:
    torch._C._dispatch_tls_set_dispatch_key_included(key, included)
    torch._C._dispatch_tls_set_dispatch_key_excluded(key, not included)
