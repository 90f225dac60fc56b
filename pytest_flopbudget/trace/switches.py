"""What a forward may do out of the dispatcher's sight: autocast, gradients, threads, tensors of unknown values."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn
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

    def reads(args: tuple[Any, ...]) -> bool:
        return any(is_unknown(tensor) for tensor in tensors_in(args))

    guards = (
        _Guard(torch, "set_autocast_enabled", _last_is_true, _AUTOCAST, "torch.autocast"),
        _Guard(torch._C, "_set_grad_enabled", _last_is_true, _GRADIENTS, "the forward"),
        _Guard(torch, "tensor", reads, _VALUES, "torch.tensor"),
        _Guard(torch, "as_tensor", reads, _VALUES, "torch.as_tensor"),
        _Guard(threading.Thread, "start", _always, _THREAD, "the forward"),
        _Guard(ThreadPoolExecutor, "submit", _always, _THREAD, "the forward"),
    )
    if torch.is_autocast_enabled(device):
        guards[0].refuse(note)
    with ExitStack() as stack:
        for guard in guards:
            stack.enter_context(guard.standing(note))
        yield


@dataclass(frozen=True, slots=True)
class _Guard:
    """Stands before a function that a dispatch mode does not see, on the thread that it was put up by."""

    owner: object
    name: str
    refuses: Callable[[tuple[Any, ...]], bool]
    why: str
    what: str

    def refuse(self, note: Note) -> NoReturn:
        error = NotOnShapesError(self.why)
        note(error, self.what)
        raise error

    def standing(self, note: Note) -> AbstractContextManager[object]:
        thread, original = threading.get_ident(), getattr(self.owner, self.name)

        def call(*args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() == thread and self.refuses(args):
                self.refuse(note)
            return original(*args, **kwargs)

        return mock.patch.object(self.owner, self.name, call)


def _always(_: tuple[Any, ...]) -> bool:
    return True


def _last_is_true(args: tuple[Any, ...]) -> bool:
    return bool(args) and args[-1] is True
