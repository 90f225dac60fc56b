"""How the command ends: its exit codes, and the error of one who asks for what cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from pytest_flopbudget.errors import FlopBudgetError


class Exit(IntEnum):
    """The command's exit codes; 0 and 1 mean what pytest's do."""

    KEPT = 0
    """All is kept, or there was nothing to keep."""
    FAILS = 1
    """A verdict fails, a model cannot be measured, or the table has mistakes."""
    USAGE = 2
    """What was asked for cannot be understood."""
    OURS = 3
    """The command itself has a fault."""
    INTERRUPTED = 130
    """Someone stopped it."""
    UNREAD = 141
    """Who reads the output stopped before its end, as ``head`` does: what is not told may be a failure."""


class AskedWrongly(FlopBudgetError):
    """What was asked for on the command line cannot be understood; the message says what was expected."""


@dataclass(slots=True)
class Run:
    """What a run of the command keeps: whether a fault of ours is told with its traceback."""

    traceback: bool = False
