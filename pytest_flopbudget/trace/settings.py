"""What user code may set for the whole process is the same after a count, and no count depends on random numbers."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, TypeVar

import torch
import torch.backends.opt_einsum

T = TypeVar("T")
# How something is asked for, how it is set, and what it was.
_Kept = tuple[Callable[[], Any], Callable[[Any], object], Any]

_SWITCHES: tuple[tuple[object, tuple[str, ...]], ...] = (
    (torch.backends.cudnn, ("enabled", "benchmark", "deterministic", "allow_tf32")),
    (getattr(torch.backends.cudnn, "conv", None), ("fp32_precision",)),
    (getattr(torch.backends.cudnn, "rnn", None), ("fp32_precision",)),
    (torch.backends.cuda.matmul, ("allow_tf32", "allow_fp16_reduced_precision_reduction")),
    (torch.backends.mkldnn, ("enabled",)),
    (torch.backends.opt_einsum, ("enabled",)),
)
_SETTINGS: tuple[tuple[Callable[[], Any], Callable[[Any], object]], ...] = (
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.is_autocast_cache_enabled, torch.set_autocast_cache_enabled),
    (torch.is_anomaly_enabled, torch.set_anomaly_enabled),
    (torch.backends.mha.get_fastpath_enabled, torch.backends.mha.set_fastpath_enabled),
    (torch._C._get_graph_executor_optimize, torch._C._set_graph_executor_optimize),
    (torch.backends.cuda.flash_sdp_enabled, torch.backends.cuda.enable_flash_sdp),
    (torch.backends.cuda.math_sdp_enabled, torch.backends.cuda.enable_math_sdp),
    # The public function imports a compiler.
    (torch.are_deterministic_algorithms_enabled, torch._C._set_deterministic_algorithms),
)


@contextmanager
def settings_kept() -> Iterator[None]:
    """Seed the random states, and put back what user code may set: they, types, switches, the default device."""
    kept: list[_Kept] = [
        (partial(_switch, owner, name), partial(setattr, owner, name), value)
        for owner, names in _SWITCHES
        for name in names
        if (value := _switch(owner, name)) is not None
    ]
    kept.extend((get, put, get()) for get, put in _SETTINGS)
    for device in ("cpu", "cuda"):
        kept.append(_bound(device, torch.is_autocast_enabled, torch.set_autocast_enabled))
        kept.append(_bound(device, torch.get_autocast_dtype, torch.set_autocast_dtype))
    default = _default_device()
    try:
        with _seeded():
            yield
    finally:
        _default_device_back(default)
        # What was cast without gradients is not to be met by a region around the count.
        torch.clear_autocast_cache()
        # Mostly none was touched.
        if any(get() != value for get, _, value in kept):
            _all_back(kept)


def _all_back(kept: Iterable[_Kept]) -> None:
    """Put back one after another, the last first: some switches move others."""
    with ExitStack() as stack:
        for get, put, value in kept:
            stack.callback(_put_back, get, put, value)


@contextmanager
def _seeded() -> Iterator[None]:
    numpy = sys.modules.get("numpy")
    back: list[Callable[[], object]] = [partial(random.setstate, random.getstate())]
    random.seed(0)
    if numpy is not None:
        back.append(partial(numpy.random.set_state, numpy.random.get_state()))
        numpy.random.seed(0)
    try:
        with torch.random.fork_rng(devices=range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()):
            # torch.manual_seed would have every library that is not in use yet remember it, and where it was called.
            torch.default_generator.manual_seed(0)
            if torch.cuda.is_initialized():
                torch.cuda.manual_seed_all(0)
            yield
    finally:
        for restore in back:
            restore()


def _switch(owner: object, name: str) -> object:
    """A switch; None where torch has none of that name, or cannot say since its parts differ."""
    try:
        return getattr(owner, name, None)
    except RuntimeError:
        return None


def _put_back(get: Callable[[], Any], put: Callable[[Any], object], value: object) -> None:
    if get() != value:
        put(value)


def _bound(
    device: str, get: Callable[[str], T], put: Callable[[str, T], object]
) -> tuple[Callable[[], T], Callable[[T], object], T]:
    """How a device's setting is asked for and set, and what it is."""
    return partial(get, device), partial(put, device), get(device)


def _default_device() -> torch.device | None:
    """What ``torch.set_default_device`` has set, None where nothing is."""
    context = getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)
    return None if context is None else context.device


def _default_device_back(device: torch.device | None) -> None:
    if _default_device() == device:
        return
    torch.set_default_device(device)
    if device is None and hasattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context"):
        # Older torch takes a context of None for one that has a device.
        del torch._GLOBAL_DEVICE_CONTEXT.device_context
