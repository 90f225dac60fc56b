"""A case's status and every reason for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit

Status = Literal["error", "empty", "incomplete", "exceeded", "differs", "near", "kept", "unjudged", "skipped"]
Level = Literal["error", "warn", "off"]

OVER: tuple[Status, ...] = ("exceeded", "differs")


@dataclass(frozen=True, slots=True)
class Check:
    """One limit against what was counted, both in the metric's unit."""

    limit: Limit
    measured: int

    @property
    def kept(self) -> bool:
        """Whether the limit is kept."""
        return self.limit.kept(self.measured)


@dataclass(frozen=True, slots=True)
class UncountedOperator:
    """Calls of one operator in one module that nothing could count.

    Args:
        operator: Its name without overload, such as ``"mylib::op"``.
        module: The dotted path of the module it ran in; ``""`` is the root.
        calls: How often it ran there.
        tensors: The names of its tensor arguments, for the formula to write.
        outputs: How many outputs it has.
    """

    operator: str
    module: str
    calls: int
    tensors: tuple[str, ...] = ()
    outputs: int = 1


@dataclass(frozen=True, slots=True)
class ModuleRow:
    """What one module and all below it cost: MACs, other FLOPs, and distinct parameters."""

    path: str
    calls: int
    macs: int
    other_flops: int
    params: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What became of one case; plain data, fit to be sent between processes.

    Args:
        case: The case's id, such as ``"mobilenet::R96"``.
        kind: What it comes from: ``"declared"``, later ``"test"`` and ``"region"``.
        model: The declared model's name.
        point: The named dimensions and their sizes.
        place: Where the case stands.
        status: The first of the statuses that applies; what fails stands before what warns.
        reasons: Every reason, most weighty first, each one line.
        statuses: The status that each reason alone would give.
        details: Further lines on a case that could not be measured.
        checks: Each limit against its count.
        metrics: Every metric by name.
        uncounted: The calls that nothing could count.
        modules: A row a module, in the order of the model's own tree, the root first.
        reason: The user's own words on the case.
        backend: The backend that was asked for.
        traced: How the calls came to be known; None where nothing was traced.
        built: How the model was built; None where it was not.
        mode: ``"inference"``, later ``"training"``.
        level: Whether exceeded and differs fail, warn, or are not judged.
        fails: Whether the verdict fails its test.
        warns: Whether it has a reason that is told and does not fail.
    """

    case: str
    model: str
    place: Place
    status: Status
    kind: str = "declared"
    point: Mapping[str, int] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    details: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    metrics: Mapping[str, int] = field(default_factory=dict)
    uncounted: tuple[UncountedOperator, ...] = ()
    modules: tuple[ModuleRow, ...] = ()
    reason: str | None = None
    backend: str = "shapes"
    traced: str | None = None
    built: str | None = None
    mode: str = "inference"
    level: Level = "error"
    fails: bool = False
    warns: bool = False
