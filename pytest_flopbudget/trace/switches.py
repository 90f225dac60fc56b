"""What a forward may do out of the dispatcher's sight: autocast, gradients, threads, tensors of unknown values."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import torch

from pytest_flopbudget.trace.dataless import NotOnShapesError
from pytest_flopbudget.trace.nests import tensors_in

Note = Callable[[NotOnShapesError, str], None]
_AUTOCAST = "casts what runs under it, which is not followed on shapes"
_GRADIENTS = "asks for gradients, which is not followed on shapes"
_VALUES = "reads values that depend on data"
_THREAD = "hands work to a thread, which is not followed"


@contextmanager
def refused(device: str, is_unknown: Callable[[torch.Tensor], bool], note: Note) -> Iterator[None]:
    """Refuse all of that on this thread; autocast also where it is on already.

    Args:
        device: The type of the device that the model would run on.
        is_unknown: Whether a tensor's values are unknown.
        note: Told of a refusal, and of what was refused, before it is raised.

    Raises:
        NotOnShapesError: One of them is on, or was switched on.
    """
    thread = threading.get_ident()

    def refuse(why: str, what: str) -> None:
        error = NotOnShapesError(why)
        note(error, what)
        raise error

    def guarded(owner: object, name: str, refuses: Callable[[tuple[Any, ...]], bool], why: str, what: str) -> Any:
        original = getattr(owner, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() == thread and refuses(args):
                refuse(why, what)
            return original(*args, **kwargs)

        return mock.patch.object(owner, name, call)

    def reads(args: tuple[Any, ...]) -> bool:
        return any(is_unknown(tensor) for tensor in tensors_in(args))

    if torch.is_autocast_enabled(device):
        refuse(_AUTOCAST, "torch.autocast")
    with ExitStack() as stack:
        # A dispatch mode sees none of these: they are met where the forward calls them.
        stack.enter_context(guarded(torch, "set_autocast_enabled", _last_is_true, _AUTOCAST, "torch.autocast"))
        stack.enter_context(guarded(torch._C, "_set_grad_enabled", _last_is_true, _GRADIENTS, "the forward"))
        stack.enter_context(guarded(torch, "tensor", reads, _VALUES, "torch.tensor"))
        stack.enter_context(guarded(torch, "as_tensor", reads, _VALUES, "torch.as_tensor"))
        stack.enter_context(guarded(threading.Thread, "start", _always, _THREAD, "the forward"))
        stack.enter_context(guarded(ThreadPoolExecutor, "submit", _always, _THREAD, "the forward"))
        yield


def _always(_: tuple[Any, ...]) -> bool:
    return True


def _last_is_true(args: tuple[Any, ...]) -> bool:
    return bool(args) and args[-1] is True
