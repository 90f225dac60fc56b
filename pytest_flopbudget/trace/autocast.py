"""Autocast regions, which a trace on shapes does not follow: a meta tensor is not cast."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch

from pytest_flopbudget.trace.dataless import NotOnShapesError


@contextmanager
def autocast_refused(device: str, note: Callable[[NotOnShapesError], None]) -> Iterator[None]:
    """Refuse autocast on this thread, whether it is on already or the forward switches it on.

    Args:
        device: The type of the device that the model would run on.
        note: Told of a refusal before it is raised.

    Raises:
        NotOnShapesError: Autocast is on, or was switched on.
    """
    thread = threading.get_ident()
    switch = torch.set_autocast_enabled

    def refuse() -> None:
        error = NotOnShapesError("casts what runs under it, which is not followed on shapes")
        note(error)
        raise error

    # The dispatcher hides autocast from a dispatch mode's handler, so it is met where it is switched on.
    def guarded(*arguments: Any) -> None:
        if threading.get_ident() == thread and arguments[-1]:
            refuse()
        switch(*arguments)

    if torch.is_autocast_enabled(device):
        refuse()
    with mock.patch.object(torch, "set_autocast_enabled", guarded):
        yield
