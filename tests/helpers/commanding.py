"""What tests of the command ``flopbudget`` are given: a way to run it, and to declare something."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Done:
    """What a run of the command left."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, object]:
        """What it printed, as JSON."""
        read: dict[str, object] = json.loads(self.out)
        return read


Command = Callable[..., Done]
Declare = Callable[[str], Path]
