"""What tests of the command ``flopbudget`` are given, and what a run of it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ran:
    """How the command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, object]:
        """What it printed, as JSON."""
        read: dict[str, object] = json.loads(self.out)
        return read


Command = Callable[..., Ran]
Declare = Callable[[str], Path]
Git = Callable[..., str]
Write = Callable[[str, str], Path]
