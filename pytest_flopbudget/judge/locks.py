"""A lock: the exact counts of every case as they were when it was last written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_flopbudget.counting.measurement import Backend, Mode


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
        backend: The backend by whose conventions it was counted: all but ``"thop"`` count alike.
        mode: The forward alone, or a step of training.
    """

    metrics: Mapping[str, int]
    modules: Mapping[str, LockedModule] = field(default_factory=dict)
    backend: Backend = "auto"
    mode: Mode = "inference"
