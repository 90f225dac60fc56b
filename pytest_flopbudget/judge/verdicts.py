"""A case's status and every reason for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pytest_flopbudget.counting.measurement import Backend, Built, Mode, Traced
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.changes import Change, ModuleChange
from pytest_flopbudget.judge.comparison import Comparison
from pytest_flopbudget.judge.drawing import Drawing
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.locks import Entry
from pytest_flopbudget.judge.memory import Peak
from pytest_flopbudget.judge.on_targets import Account

Status = Literal[
    "error",
    "empty",
    "incomplete",
    "exceeded",
    "differs",
    "grown",
    "unlocked",
    "near",
    "kept",
    "unjudged",
    "skipped",
]
Level = Literal["error", "warn", "off"]
Kind = Literal["declared", "test", "region", "bundle"]

# Exceeded stands before incomplete: what is over its limit already, no further operator brings below it.
_WEIGHT: tuple[Status, ...] = (
    "error",
    "empty",
    "exceeded",
    "incomplete",
    "differs",
    "grown",
    "unlocked",
    "near",
)
_WARNED = 'a warning, which is an error here: add "default::pytest_flopbudget.FlopBudgetWarning" to filterwarnings'
OVER: tuple[Status, ...] = ("exceeded", "differs", "grown", "unlocked")
# Metrics of the model itself, whatever its forward does.
OF_THE_MODEL = ("params", "weight_bytes")


def depends_on_data(data_dependent: bool, metric: str) -> bool:
    """Whether a metric's count would be another for other data; a model's parameters are what they are."""
    return data_dependent and metric not in OF_THE_MODEL


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that speaks against a case, as one line, and whether it fails, warns, or is only told."""

    status: Status
    level: Level
    text: str


def weightiest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in the order in which they are told: what fails stands before what warns."""
    return tuple(sorted(findings, key=lambda finding: (finding.level != "error", _WEIGHT.index(finding.status))))


@dataclass(frozen=True, slots=True)
class Check:
    """One limit against what was counted, both in the metric's unit.

    Args:
        limit: The limit.
        measured: What was counted.
        approximate: Whether one of the two would be another number for other data.
        module: The path of the module that the limit is on; ``""`` is the case itself.
        base: The number that the limit is a share of; None where it is no share.
        near: Whether it is kept and nearly used up, from the case's ``warn_at`` on.
        assumed: What a count of bytes or of time assumes, in a few words; empty for others.
        artifact: The built file in which it was counted; ``""`` is the model.
    """

    limit: Limit
    measured: int
    approximate: bool = False
    module: str = ""
    base: int | None = None
    near: bool = False
    assumed: str = ""
    artifact: str = ""

    @property
    def on(self) -> str:
        """Where its memory is: on which target, in which file; ``""`` is the model as it is."""
        return " in ".join(each for each in (self.limit.target, self.artifact) if each)

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
        example: The shapes of its first call, ``"x 1x8x16x16 gives 1x8x16x16"``.
    """

    operator: str
    module: str
    calls: int
    tensors: tuple[str, ...] = ()
    outputs: int = 1
    example: str = ""


@dataclass(frozen=True, slots=True)
class ModuleRow:
    """What one module and all below it cost: MACs, other FLOPs, distinct parameters, and activations in elements.

    ``operator`` is the dearest call of the module itself, with its shapes; empty where it has none.
    """

    path: str
    calls: int
    macs: int
    other_flops: int
    params: int
    activations: int
    operator: str = ""

    @property
    def total_flops(self) -> int:
        """Two FLOPs a MAC, and the others."""
        return 2 * self.macs + self.other_flops


@dataclass(frozen=True, slots=True)
class Share:
    """What one case of a bundle has of a metric, in the metric's unit.

    Args:
        case: The case's id.
        value: Its own.
        to_lose: How much less it would have to be for the bundle to keep its limit; None where nothing need be lost,
            or no loss of this case alone is enough.
    """

    case: str
    value: int
    to_lose: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What became of one case; plain data, fit to be sent between processes.

    Args:
        case: The case's id, such as ``"mobilenet::R96"``.
        kind: What it comes from: a declared model, a call in a test, a region of one, or a bundle.
        model: The declared model's name; ``""`` where a test measured a model of its own.
        point: The named dimensions and their sizes.
        place: Where the case stands.
        findings: Everything that speaks against it, the weightiest first; what fails stands before what warns.
        details: Further lines on a case that could not be measured.
        checks: Each limit against its count.
        metrics: Every metric by name.
        uncounted: The calls that nothing could count.
        modules: A row a module, in the order of the model's own tree, the root first.
        reason: The user's own words on the case.
        backend: The backend that was asked for.
        traced: How the calls came to be known; None where nothing was traced.
        built: How the model was built; None where it was not.
        data_dependent: Whether the forward took its way by values: for other data its counts may be others.
        notes: What else is to be told of the way it was traced, each one line.
        mode: The forward alone, or a step of training; that of a region with a backward pass is training.
        level: Whether exceeded and differs fail, warn, or are not judged.
        until: The day from which what warns is to fail, ``"2027-03-01"``; empty where none is declared.
        comparison: Our count beside thop's, where that was asked for, or why there is none.
        targets: What it comes to on each of its targets, by their names.
        peaks: Where most memory is in use, for each target whose RAM it exceeds; that of the model as it is is ``""``.
            Of a bundle, in those of its cases that have to lose some, by their ids.
        plans: Its buffers and their lives, for each target whose RAM it is held against; of the model as it is ``""``.
        sizes: What the bytes of a limit that is not kept are made up of, by its name: of weights and traffic by module,
            of the largest tensor the largest ones.
        shares: Of a bundle, the parts of its cases by metric.
        change: What became of its cost since it was locked; None where no lock is kept.
        locked: The lock's numbers, by metric; ``"arena_bytes@nucleo"`` is that of a target.
        changes: What became of its modules since, the largest growth first.
        entry: What the lock is to know of it from now on, where that is about to be written; no part of a report.
    """

    case: str
    model: str
    place: Place
    kind: Kind = "declared"
    point: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    details: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    metrics: Mapping[str, int] = field(default_factory=dict)
    uncounted: tuple[UncountedOperator, ...] = ()
    modules: tuple[ModuleRow, ...] = ()
    reason: str | None = None
    backend: Backend = "auto"
    traced: Traced | None = None
    built: Built | None = None
    data_dependent: bool = False
    notes: tuple[str, ...] = ()
    mode: Mode = "inference"
    level: Level = "error"
    until: str = ""
    comparison: Comparison | str | None = None
    targets: Mapping[str, Account] = field(default_factory=dict)
    peaks: Mapping[str, Peak] = field(default_factory=dict)
    plans: Mapping[str, Drawing] = field(default_factory=dict)
    sizes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    shares: Mapping[str, tuple[Share, ...]] = field(default_factory=dict)
    change: Change | None = None
    locked: Mapping[str, int] = field(default_factory=dict)
    changes: tuple[ModuleChange, ...] = ()
    entry: Entry | None = None

    def __repr__(self) -> str:
        """What an ``assert`` shows of it."""
        return f"<Verdict {self.case}: {'; '.join((self.status, *self.reasons))}>"

    @property
    def status(self) -> Status:
        """That of the weightiest finding; without one it is kept, or unjudged where nothing was to be judged."""
        if self.findings:
            return self.findings[0].status
        return "unjudged" if self.level == "off" else "kept"

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every reason, the weightiest first, each one line."""
        return tuple(finding.text for finding in self.findings)

    @property
    def fails(self) -> bool:
        """Whether the verdict fails its test."""
        return any(finding.level == "error" for finding in self.findings)

    @property
    def warns(self) -> bool:
        """Whether it has a reason that is told and does not fail."""
        return any(finding.level == "warn" for finding in self.findings)

    def is_approximate(self, metric: str) -> bool:
        """Whether a metric's count would be another for other data; a model's parameters are what they are."""
        return depends_on_data(self.data_dependent, metric)

    def failing(self) -> Verdict:
        """The same verdict where what warned fails, as a user has it who turns warnings into errors; it says so."""
        findings = (replace(each, level="error") if each.level == "warn" else each for each in self.findings)
        return replace(self, findings=tuple(findings), details=(*self.details, _WARNED))
