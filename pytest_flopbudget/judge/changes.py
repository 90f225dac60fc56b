"""What became of a case's cost since its lock was written, module by module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Change = Literal["new", "grown", "shrunk", "same"]
ModuleFate = Literal["new", "removed", "grown", "shrunk", "moved"]


@dataclass(frozen=True, slots=True)
class ModuleChange:
    """How one module's part in one metric changed.

    Args:
        path: The module's dotted path now; of a removed one, the path it had. ``""`` is the root.
        fate: What became of it; a moved one has another path and the same cost.
        metric: The metric's name.
        before: Its own number under the lock, in the metric's unit; 0 for a new one, that of the whole block for a
            moved one.
        after: Its own number now; 0 for a removed one.
        was: The path it had before, where that was another.
        operator: The operator whose shapes changed, and how, or how often the module is called now, as one line; empty
            where that is not known.
    """

    path: str
    fate: ModuleFate
    metric: str
    before: int
    after: int
    was: str = ""
    operator: str = ""

    @property
    def growth(self) -> int:
        """How much dearer it became, in the metric's unit; negative where it became cheaper."""
        return self.after - self.before
