"""Our own modules are imported as all others are, and not as pytest imports plugins."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.machinery import ModuleSpec, PathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

_OURS = "pytest_flopbudget."


class OwnModules:
    """Finds our modules before pytest does, which would rewrite their asserts.

    They have none, and there are hundreds of them: that costs a fifth of what starts a run, and as much again as the
    run where pytest's own bytecode of them is not there yet, as in a fresh container.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module of ours is, as Python itself finds it; None for any other."""
        return PathFinder.find_spec(name, path, target) if name.startswith(_OURS) else None


def import_plainly(rewriting: object) -> Callable[[], None]:
    """Stand in front of pytest for the time of a run; whoever else looks out for our modules still comes first.

    Args:
        rewriting: What rewrites asserts for pytest; where it finds no modules, nothing is done.

    Returns:
        Takes it back.
    """
    own = OwnModules()
    for at, each in enumerate(sys.meta_path):
        if each is rewriting:
            sys.meta_path.insert(at, own)
            break
    return lambda: _leave(own)


def _leave(own: OwnModules) -> None:
    # Whoever sets the finders back, as a run within a run does, may have taken it out.
    with suppress(ValueError):
        sys.meta_path.remove(own)
