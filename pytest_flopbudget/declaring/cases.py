"""What a declaration means once it is read: the case, and the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pytest_flopbudget.counting.measurement import Backend, Mode
from pytest_flopbudget.declaring.costs import PaperTable
from pytest_flopbudget.declaring.inputs import Inputs
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.locks import LockPolicy, NewPolicy
from pytest_flopbudget.judge.targets import Arena, Target
from pytest_flopbudget.judge.verdicts import Kind, Level
from pytest_flopbudget.quantities import Growth

Build = Literal["auto", "meta", "real"]
Collect = Literal["auto", "always", "never"]
DataDependent = Literal["execute", "worst"]

EXECUTE_LIMIT = 2 * 2**30


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A declared model at one point: what is measured, judged and named.

    Args:
        model: The declared model's name.
        point_name: ``"R96"``, the point's own name, or ``"default"``.
        point: The named dimensions and their sizes, in order of appearance.
        place: Where the point stands, else its model.
        factory: ``"module:callable"``.
        args: Positional arguments of the factory, ``"$R"`` and ``"{R}"`` replaced; lists as lists, tables as
            dicts, with :class:`ObjectReference`, :class:`FactoryCall` and None inside.
        kwargs: Its keyword arguments, likewise.
        inputs: The model's inputs with every dimension a number; empty where ``input_factory`` makes them.
        input_factory: ``"module:callable"``, called with the point's dimensions; None where shapes say it all.
        call: The method to call in the place of the forward.
        part: The dotted path of the submodule that is measured; ``""`` is the model itself.
        prepare: What is done to the model once it is built, in this order: ``".method"`` or ``"module:callable"``.
        mode: The forward alone, or a step of training: a forward and its backward pass.
        loss: ``"module:callable"``, called in training with what the forward returned: the backward pass is that of the
            sum of what it returns. None takes the forward's own outputs.
        repeat: How many steps of training a whole run has; None where that is not declared.
        backend: Whether it is traced on shapes, executed, whichever of the two goes, or counted by thop.
        execute_limit: The most bytes of parameters, buffers and inputs at which a model is executed.
        data_dependent: What becomes of a forward that takes its way by values: executed, or counted at its largest.
        assume: The sizes to assume in the worst case, by operator, in the place of the largest.
        limits: All limits of the case but its targets'.
        targets: The targets on which it is judged as well.
        build: How the model is built.
        level: Whether exceeded and differs fail, warn, or are not judged.
        until: The day from which a level of ``"warn"`` is one of ``"error"``; None for ever leaves it.
        uncounted: Whether uncounted operators fail, warn, or are passed over.
        allow_zero: Whether a count of 0 MACs is no failure.
        warn_at: The share of a limit from which a kept one is told as near.
        growth: By how much a metric may exceed the lock's, by its name; ``""`` is every other metric.
        reason: The user's own words on the case.
        skip: Why the case is not to be run; None runs it.
        swept: Whether it is locked and drawn only, and has no limits.
        artifact: The path of the file that is built from the model, from the table's own folder; None without one.
    """

    model: str
    point_name: str
    place: Place
    factory: str
    inputs: Inputs
    point: Mapping[str, int] = field(default_factory=dict)
    args: tuple[object, ...] = ()
    kwargs: Mapping[str, object] = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    targets: tuple[Target, ...] = ()
    input_factory: str | None = None
    call: str | None = None
    part: str = ""
    prepare: tuple[str, ...] = ()
    mode: Mode = "inference"
    loss: str | None = None
    repeat: int | None = None
    build: Build = "auto"
    backend: Backend = "auto"
    execute_limit: int = EXECUTE_LIMIT
    data_dependent: DataDependent = "execute"
    assume: Mapping[str, int] = field(default_factory=dict)
    level: Level = "error"
    until: date | None = None
    uncounted: Level = "error"
    allow_zero: bool = False
    warn_at: Fraction | None = None
    growth: Mapping[str, Growth] = field(default_factory=dict)
    reason: str | None = None
    skip: str | None = None
    swept: bool = False
    artifact: str | None = None

    @property
    def id(self) -> str:
        """The case's id below its table, such as ``"mobilenet::R96"``."""
        return f"{self.model}::{self.point_name}"

    @property
    def kind(self) -> Kind:
        """What the case comes from."""
        return "declared"

    @property
    def steps(self) -> int | None:
        """How many steps of training a whole run of it has; None for an inference."""
        return self.repeat if self.mode == "training" else None


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedCase:
    """A case that a test asks for: what it counts is judged by the marks, the call, and a declared model's limits.

    Args:
        id: The test's own id and the call's label or number.
        kind: A call or a region.
        place: Where the test asks for it.
        model: The declared model that it follows; ``""`` for none.
        point_name: The name of that model's point.
        point: The named dimensions of that point and their sizes.
        limits: All limits of the case but its targets'.
        targets: The targets on which it is judged as well.
        mode: The forward alone, or a step of training.
        backend: Whether it is traced on shapes, executed, whichever of the two goes, or counted by thop.
        execute_limit: The most bytes of parameters, buffers and inputs at which a model is executed.
        level: Whether exceeded and differs fail, warn, or are not judged.
        until: The day from which a level of ``"warn"`` is one of ``"error"``; None for ever leaves it.
        uncounted: Whether uncounted operators fail, warn, or are passed over.
        allow_zero: Whether a count of 0 MACs is no failure.
        warn_at: The share of a limit from which a kept one is told as near.
        growth: By how much a metric may exceed the lock's, by its name; ``""`` is every other metric.
        reason: The user's own words on the case.
        skip: Why the declared model's case is not to be run; None runs it.
    """

    id: str
    kind: Kind
    place: Place
    model: str = ""
    point_name: str = ""
    point: Mapping[str, int] = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    targets: tuple[Target, ...] = ()
    mode: Mode = "inference"
    backend: Backend = "auto"
    execute_limit: int = EXECUTE_LIMIT
    level: Level = "error"
    until: date | None = None
    uncounted: Level = "error"
    allow_zero: bool = False
    warn_at: Fraction | None = None
    growth: Mapping[str, Growth] = field(default_factory=dict)
    reason: str | None = None
    skip: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """Several models in one firmware.

    Args:
        id: Its name.
        place: Where it stands.
        target: The target that they share.
        cases: Its models, each at a point.
        arena: Whether they run one after the other in one arena, or each keeps its own.
        level: Whether exceeded and differs fail, warn, or are not judged.
        until: The day from which a level of ``"warn"`` is one of ``"error"``; None for ever leaves it.
        growth: By how much a metric may exceed the lock's, by its name; ``""`` is every other metric.
        reason: The user's own words on it.
        skip: Why it is not to be run; None runs it.
    """

    id: str
    place: Place
    target: Target
    cases: tuple[Case, ...]
    arena: Arena = "separate"
    level: Level = "error"
    until: date | None = None
    growth: Mapping[str, Growth] = field(default_factory=dict)
    reason: str | None = None
    skip: str | None = None

    @property
    def model(self) -> str:
        """What it is asked for by, as a case is by its model."""
        return self.id


@dataclass(frozen=True, slots=True)
class Declarer:
    """A function that declares models, ``"module:function"``, and where a table names it."""

    path: str
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Locking:
    """What a table says of its lock.

    Args:
        path: The lock's file, absolute.
        place: Where the table names it.
        policy: ``"no_growth"`` refuses what is dearer, ``"exact"`` what is another, ``"report"`` nothing.
        new: What a case without an entry is; None where the table does not say.
        depth: Down to which depth modules are locked.
    """

    path: str
    place: Place
    policy: LockPolicy = "no_growth"
    new: NewPolicy | None = None
    depth: int = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A whole ``[tool.pytest-flopbudget]``.

    Args:
        path: The file, absolute.
        cases: Every declared model at every point, in the file's order.
        targets: Every target, in the file's order.
        bundles: Every bundle, in the file's order.
        tables: Every table of costs for a README or a paper, in the file's order.
        declarers: The functions that declare models in Python; they were called when it was read.
        collect: When declared cases become test items.
        members: The absolute files of the other tables whose cases are collected when this one's are.
        pythonpath: Absolute folders to import factories from, before ``sys.path``.
        formulas: Modules that mark formulas.
        free: Operators that the user declares to compute nothing.
        thop_rules: ``"module:NAME"`` of the user's own rules for thop; None without any.
        lock: Its lock; None where it keeps none.
        raise_needs_reason: Whether a limit that is higher than at another revision needs another reason.
        report: Absolute files to write reports to.
        shape_rules: Whether our own rules tell the shapes of results; else torch's slower kernels do.
    """

    path: str
    cases: tuple[Case, ...] = ()
    targets: tuple[Target, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    tables: tuple[PaperTable, ...] = ()
    declarers: tuple[Declarer, ...] = ()
    collect: Collect = "auto"
    members: tuple[str, ...] = ()
    pythonpath: tuple[str, ...] = ()
    formulas: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    thop_rules: str | None = None
    lock: Locking | None = None
    raise_needs_reason: bool = False
    report: tuple[str, ...] = ()
    shape_rules: bool = True

    @property
    def declared(self) -> tuple[Case | Bundle, ...]:
        """All that becomes a test item: the cases, then the bundles."""
        return (*self.cases, *self.bundles)

    @property
    def tables_in_files(self) -> tuple[PaperTable, ...]:
        """The tables of costs that stand in a file: each becomes a test item, which fails where that is stale."""
        return tuple(each for each in self.tables if each.into)

    @property
    def folder(self) -> Path:
        """Its own folder, from which the paths that it writes go."""
        return Path(self.path).parent

    @property
    def folders(self) -> tuple[str, ...]:
        """Where its factories are imported from, before ``sys.path``: its ``pythonpath``, then its own folder."""
        return (*self.pythonpath, str(self.folder))
