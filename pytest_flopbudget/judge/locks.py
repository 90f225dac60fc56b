"""A lock: the exact counts of every case as they were when it was last written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.counting.measurement import Backend, Mode

LockPolicy = Literal["no_growth", "exact", "report"]
NewPolicy = Literal["error", "warn", "accept"]

# What is locked of every case, limited or not; flops are 2 × macs.
ALWAYS_LOCKED = ("macs", "params", "activations")
# The one is in the lock as macs; the other is an estimate.
NEVER_LOCKED: Mapping[str, str] = {
    "flops": "flops are 2 × macs, and macs are locked: write macs",
    "latency_us": "an estimate of time is never locked",
}


@dataclass(frozen=True, slots=True)
class LockedModule:
    """What one module and all below it cost when the lock was written.

    Args:
        macs: In MACs.
        params: Distinct parameters.
        activations: In elements.
        calls: How often it was called.
        operator: The dearest operator that ran in the module itself, with its shapes; empty where it is not known.
    """

    macs: int
    params: int
    activations: int
    calls: int
    operator: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What one case cost when the lock was written.

    Args:
        metrics: Each locked metric in its unit, by its name; a target's by ``"arena_bytes@nucleo"``.
        modules: The modules down to the lock's depth, by their paths; ``""`` is the model itself.
        backend: The backend by whose conventions it was counted: all but ``"thop"`` count alike, and are ``"auto"``.
        mode: The forward alone, or a step of training.
    """

    metrics: Mapping[str, int]
    modules: Mapping[str, LockedModule] = field(default_factory=dict)
    backend: Backend = "auto"
    mode: Mode = "inference"


@dataclass(frozen=True, slots=True)
class Lock:
    """A whole lock.

    Args:
        entries: What each case cost, by the case's id.
        conventions: By which conventions its numbers were counted.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    conventions: int = CONVENTIONS

    def with_entries(self, renewed: Mapping[str, Entry], without: Iterable[str] = ()) -> Lock:
        """The lock under today's conventions with some entries renewed or added, and some taken out."""
        left_out = set(without)
        entries = {case: entry for case, entry in {**self.entries, **renewed}.items() if case not in left_out}
        return Lock(entries)
