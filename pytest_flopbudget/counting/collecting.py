"""When Python need not look for garbage: while much is made that is held, or gone by itself, at the end."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Let Python not look for cycles of garbage: among all that torch and its users hold, that takes longest of all."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
