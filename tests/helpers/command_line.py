"""What a run of the command ``flopbudget`` leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ran:
    """How the command ended, and what it printed."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]
