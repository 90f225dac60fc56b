"""What tests of the command have in common: what a run of it comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ended:
    """What a run of the command printed, and its exit code."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]
Write = Callable[[str, str], Path]
Git = Callable[..., None]
