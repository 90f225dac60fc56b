"""What a forward may do out of the dispatcher's sight: autocast, gradients, threads, tensors of unknown values."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, NoReturn

import torch
import torch.nested

from pytest_flopbudget.trace.dataless import AsksForGradientsError, NotOnShapesError, ReadsValuesError
from pytest_flopbudget.trace.nests import tensors_in
from pytest_flopbudget.trace.origins import ENGINE
from pytest_flopbudget.trace.posts import standing_before

Note = Callable[[NotOnShapesError, str], None]
_AUTOCAST = "casts what runs under it, which is not followed on shapes for this device"
_THREAD = "hands work to a thread, which is not followed"

_NESTED = ("nested_tensor", "as_nested_tensor")


@contextmanager
def refused(note: Note, *, gradients: bool) -> Iterator[None]:
    """Refuse threads on this thread, and gradients where autograd is off; its inference mode is none.

    Args:
        note: Told of a refusal, and of what was refused, before it is raised.
        gradients: Whether autograd is on.

    Raises:
        NotOnShapesError: The forward did one of them.
    """
    guards = [
        _Guard(threading.Thread, "start", _always, lambda: NotOnShapesError(_THREAD), "the forward"),
        _Guard(ThreadPoolExecutor, "submit", _always, lambda: NotOnShapesError(_THREAD), "the forward"),
    ]
    if not gradients:
        guards += [
            _Guard(torch._C, "_set_grad_enabled", _last_is_true, AsksForGradientsError, "the forward"),
            _Guard(torch._C, "_set_fwd_grad_enabled", _last_is_true, AsksForGradientsError, "the forward"),
            _Guard(torch._C, "_enter_dual_level", _always, AsksForGradientsError, "the forward"),
            _Guard(torch.autograd, ENGINE, _always, AsksForGradientsError, "the forward"),
        ]
    thread = threading.get_ident()

    def inference(behind: Callable[..., Any], *args: Any) -> Any:
        if threading.get_ident() != thread:
            return behind(*args)
        # It would change the form in which operators arrive, and leave inference tensors in caches; that it switches
        # autograd too is kept.
        return torch.set_grad_enabled(not _last_is_true(args)) if gradients else nullcontext()

    with _standing(guards, note), standing_before(torch._C, "_InferenceMode", inference):
        yield


@contextmanager
def refused_on_shapes(is_unknown: Callable[[torch.Tensor], bool], note: Note) -> Iterator[None]:
    """Refuse on this thread what shapes alone cannot follow: tensors made from unknown values.

    Args:
        is_unknown: Whether a tensor's values are unknown.
        note: Told of a refusal, and of what was refused, before it is raised.

    Raises:
        NotOnShapesError: The forward made one.
    """

    def reads(args: tuple[Any, ...]) -> bool:
        # A tensor itself is copied, without a look at its values.
        return not isinstance(args[0], torch.Tensor) and any(is_unknown(tensor) for tensor in tensors_in(args))

    def nests(args: tuple[Any, ...]) -> bool:
        return any(is_unknown(tensor) for tensor in tensors_in(args))

    guards = (
        *(_Guard(torch.nested, name, nests, _nested, f"torch.nested.{name}") for name in _NESTED),
        _Guard(torch, "tensor", reads, ReadsValuesError, "torch.tensor"),
        _Guard(torch, "as_tensor", reads, ReadsValuesError, "torch.as_tensor"),
    )
    with _standing(guards, note):
        yield


@contextmanager
def autocast_refused(device: str, note: Note) -> Iterator[None]:
    """Refuse autocast on this thread, also where it is on already: what it casts on this device is not known.

    Args:
        device: The type of the device that the model would run on.
        note: Told of a refusal, and of what was refused, before it is raised.

    Raises:
        NotOnShapesError: Autocast is on, or the forward switched it on.
    """
    guard = _Guard(torch, "set_autocast_enabled", _last_is_true, lambda: NotOnShapesError(_AUTOCAST), "torch.autocast")
    if torch.is_autocast_enabled(device):
        guard.refuse(note)
    with _standing((guard,), note):
        yield


@contextmanager
def _standing(guards: Iterable[_Guard], note: Note) -> Iterator[None]:
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
    error: Callable[[], NotOnShapesError]
    what: str

    def refuse(self, note: Note) -> NoReturn:
        error = self.error()
        note(error, self.what)
        raise error

    def standing(self, note: Note) -> AbstractContextManager[object]:
        thread = threading.get_ident()

        def post(behind: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() == thread and self.refuses(args):
                self.refuse(note)
            return behind(*args, **kwargs)

        return standing_before(self.owner, self.name, post)


def _nested() -> NotOnShapesError:
    return NotOnShapesError("makes a nested tensor, which is not followed on shapes")


def _always(_: tuple[Any, ...]) -> bool:
    return True


def _last_is_true(args: tuple[Any, ...]) -> bool:
    return bool(args) and args[-1] is True
