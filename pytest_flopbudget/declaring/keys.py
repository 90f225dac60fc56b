"""Every key of the table: its name, where it may stand, the kind of its value, and what the value does to a case.

A new key of a case is a field of :class:`Case` and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Generic, Literal, TypeVar, Union, get_args

from pytest_flopbudget.counting.deployment import (
    FUSIONS,
    INPLACE,
    PLANNERS,
    WEIGHTS_IN,
    Fusion,
    InPlace,
    Planner,
    WeightsIn,
)
from pytest_flopbudget.counting.measurement import Backend, Mode
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring import (
    case_kinds,
    kinds,
    limit_kinds,
    lock_kinds,
    model_kinds,
    report_kinds,
    table_kinds,
    target_kinds,
    templates,
)
from pytest_flopbudget.declaring.cases import Build, Case, Collect, DataDependent
from pytest_flopbudget.declaring.kinds import Kind
from pytest_flopbudget.declaring.limit_kinds import WrittenLimit
from pytest_flopbudget.judge.locks import LockPolicy, NewPolicy
from pytest_flopbudget.judge.targets import Arena
from pytest_flopbudget.judge.verdicts import Level

TABLE = "pytest-flopbudget"
Where = Literal["root", "defaults", "model", "point", "asked", "target", "bundle", "table"]
_WrittenPoints = Union[list[object], dict[str, object]]
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Key(Generic[T_co]):
    """A key of the table.

    Args:
        name: As it is written.
        where: The tables where it may stand; ``"asked"`` is a mark or a call in a test.
        kind: What its value may be.
        put: Gives a case the value; None for a key that is more than a field of the case.
    """

    name: str
    where: tuple[Where, ...]
    kind: Kind[T_co]
    put: Callable[[Case, T_co], Case] | None = None


_ROOT: tuple[Where, ...] = ("root",)
_CASE: tuple[Where, ...] = ("defaults", "model", "point")
_ANYWHERE: tuple[Where, ...] = (*_CASE, "asked")
_TARGET: tuple[Where, ...] = ("target",)
_LEVELS: Kind[Level] = kinds.Choice(get_args(Level))
_BUILDS: Kind[Build] = kinds.Choice(get_args(Build))
_FUSIONS: Kind[Fusion] = kinds.Choice(FUSIONS)
_PLANNERS: Kind[Planner] = kinds.Choice(PLANNERS)
_IN_PLACE: Kind[InPlace] = kinds.Choice(INPLACE)
_WEIGHTS_IN: Kind[WeightsIn] = kinds.Choice(WEIGHTS_IN)
_ARENAS: Kind[Arena] = kinds.Choice(get_args(Arena))
_POLICIES: Kind[LockPolicy] = kinds.Choice(get_args(LockPolicy))
_NEW: Kind[NewPolicy] = kinds.Choice(get_args(NewPolicy))
_COLLECTS: Kind[Collect] = kinds.Choice(get_args(Collect))
_MODES: Kind[Mode] = kinds.Choice(get_args(Mode))
_BACKENDS: Kind[Backend] = kinds.Choice(get_args(Backend))
_DATA_DEPENDENT: Kind[DataDependent] = kinds.Choice(get_args(DataDependent))

REQUIRES = Key("requires", _ROOT, kinds.Text())
LOCK = Key("lock", _ROOT, lock_kinds.LockFile())
LOCK_POLICY = Key("lock_policy", _ROOT, _POLICIES)
LOCK_DEPTH = Key("lock_depth", _ROOT, lock_kinds.Depth())
NEW = Key("new", _ROOT, _NEW)
RAISE_NEEDS_REASON = Key("raise_needs_reason", _ROOT, kinds.Flag())
COLLECT = Key("collect", _ROOT, _COLLECTS)
MEMBERS = Key("members", _ROOT, kinds.ListOf(kinds.Text()))
INCLUDE = Key("include", _ROOT, kinds.ListOf(kinds.Text()))
DECLARERS = Key("cases", _ROOT, model_kinds.Functions())
PYTHONPATH = Key("pythonpath", _ROOT, kinds.ListOf(kinds.Text()))
FORMULAS = Key("formulas", _ROOT, kinds.ListOf(case_kinds.Module()))
FREE = Key("free", _ROOT, kinds.ListOf(case_kinds.Operator()))
THOP_RULES = Key("thop_rules", _ROOT, model_kinds.Factory("dict of rules", "shop.flops:RULES"))
REPORT = Key("report", _ROOT, report_kinds.ReportPaths())
SHAPE_RULES = Key("shape_rules", _ROOT, kinds.Flag())
TARGETS = Key("targets", _ROOT, kinds.Tables(f"tool.{TABLE}.targets.board", "target"))
BUNDLES = Key("bundles", _ROOT, kinds.Tables(f"tool.{TABLE}.bundles.firmware", "bundle"))
TABLES = Key("tables", _ROOT, kinds.Tables(f"tool.{TABLE}.tables.main", "table"))
DEFAULTS = Key("defaults", _ROOT, kinds.Tables(f"tool.{TABLE}.defaults", "defaults", many=False))
MODELS = Key("models", _ROOT, kinds.Tables(f"tool.{TABLE}.models.net", "model"))

FACTORY = Key("factory", _CASE, model_kinds.Model(), lambda case, path: replace(case, factory=path))
ARGS = Key("args", _CASE, model_kinds.Arguments())
KWARGS = Key("kwargs", _CASE, model_kinds.NamedArguments())
INPUT = Key("input", _CASE, case_kinds.InputShapes())
INPUT_FACTORY = Key("input_factory", _CASE, model_kinds.Factory("input factory", "shop.inputs:batch"))
AT: Key[_WrittenPoints] = Key("at", ("defaults", "model"), case_kinds.PointList())
SWEEP: Key[dict[str, object]] = Key("sweep", ("defaults", "model"), case_kinds.SweptSizes())
EACH = Key("each", ("model",), templates.Each())
EXTENDS = Key("extends", ("model", "target"), kinds.Text())
NAME = Key("name", ("point",), kinds.Name())
REASON = Key(
    "reason", (*_ANYWHERE, "target", "bundle"), kinds.Text(), lambda case, reason: replace(case, reason=reason)
)

CALL = Key("call", _CASE, model_kinds.Method(), lambda case, method: replace(case, call=method))
PART = Key("part", _CASE, model_kinds.Part(), lambda case, path: replace(case, part=path))
_MODEL = (
    *(FACTORY, ARGS, KWARGS, INPUT, INPUT_FACTORY),
    *(CALL, PART),
    Key("prepare", _CASE, model_kinds.Steps(), lambda case, steps: replace(case, prepare=steps)),
)
MODE = Key("mode", _ANYWHERE, _MODES, lambda case, mode: replace(case, mode=mode))
LOSS = Key("loss", _CASE, model_kinds.Factory("loss", "shop.losses:total"), lambda case, path: replace(case, loss=path))
REPEAT = Key("repeat", _CASE, target_kinds.WholeNumber("number of steps"), lambda case, n: replace(case, repeat=n))
BACKEND = Key("backend", _ANYWHERE, _BACKENDS, lambda case, backend: replace(case, backend=backend))
EXECUTE_LIMIT = Key("execute_limit", _ANYWHERE, kinds.Bytes(), lambda case, limit: replace(case, execute_limit=limit))
_TRACING = (
    Key("build", _CASE, _BUILDS, lambda case, build: replace(case, build=build)),
    *(BACKEND, EXECUTE_LIMIT),
    Key("data_dependent", _CASE, _DATA_DEPENDENT, lambda case, way: replace(case, data_dependent=way)),
    Key("assume", _CASE, case_kinds.Sizes(), lambda case, sizes: replace(case, assume=sizes)),
)
ARTIFACT = Key("artifact", _CASE, kinds.Text(), lambda case, path: replace(case, artifact=path))
ON_TARGETS = Key("targets", _ANYWHERE, kinds.ListOf(kinds.Text()))
LEVEL = Key("level", (*_ANYWHERE, "bundle"), _LEVELS, lambda case, level: replace(case, level=level))
UNTIL = Key("until", (*_ANYWHERE, "bundle"), case_kinds.Day(), lambda case, day: replace(case, until=day))
UNCOUNTED = Key("uncounted", _ANYWHERE, _LEVELS, lambda case, level: replace(case, uncounted=level))
ALLOW_ZERO = Key("allow_zero", _ANYWHERE, kinds.Flag(), lambda case, allowed: replace(case, allow_zero=allowed))
WARN_AT = Key("warn_at", _ANYWHERE, kinds.Share(), lambda case, share: replace(case, warn_at=share))
MAX_GROWTH = Key(
    "max_growth",
    (*_ANYWHERE, "bundle"),
    lock_kinds.MaxGrowth(lock_kinds.OF_A_CASE),
    lambda case, growth: replace(case, growth=growth),
)
SKIP = Key("skip", (*_CASE, "bundle"), kinds.Skip(), lambda case, reason: replace(case, skip=reason or None))
_JUDGING = (LEVEL, UNTIL, UNCOUNTED, ALLOW_ZERO, WARN_AT, MAX_GROWTH, REASON, SKIP)
_ONE_PLACE: Mapping[str, tuple[Where, ...]] = {
    # What needs a clock, or how often a model runs, only a target can limit; on none is anything trained.
    **{metric.name: _TARGET for metric in METRICS.values() if metric.needs},
    "run_flops": _ANYWHERE,
}
LIMITS: Mapping[str, Key[WrittenLimit]] = {
    metric.name: Key(
        metric.name,
        _ONE_PLACE.get(metric.name, (*_ANYWHERE, *_TARGET)),
        limit_kinds.LimitText(metric.name, metric.unit),
    )
    for metric in METRICS.values()
}
MODULES = Key("modules", _ANYWHERE, limit_kinds.ModuleLimits())

RAM = Key("ram", _TARGET, kinds.Bytes())
RESERVE_RAM = Key("reserve_ram", _TARGET, kinds.Bytes())
FLASH = Key("flash", _TARGET, kinds.Bytes())
RESERVE_FLASH = Key("reserve_flash", _TARGET, kinds.Bytes())
WEIGHT_DTYPE = Key("weight_dtype", _TARGET, target_kinds.ElementTypes())
ACTIVATION_DTYPE = Key("activation_dtype", _TARGET, target_kinds.ElementType())
BIAS_DTYPE = Key("bias_dtype", _TARGET, target_kinds.ElementType())
IO_DTYPE = Key("io_dtype", _TARGET, target_kinds.ElementType())
FUSION = Key("fusion", _TARGET, _FUSIONS)
PLANNER = Key("planner", _TARGET, _PLANNERS)
IN_PLACE = Key("inplace", _TARGET, kinds.ListOf(_IN_PLACE))
EXPLICIT_PADDING = Key("explicit_padding", _TARGET, kinds.Flag())
ARENA_OVERHEAD = Key("arena_overhead", _TARGET, kinds.Bytes())
WEIGHTS = Key("weights_in", _TARGET, _WEIGHTS_IN)
MAX_BATCH = Key("max_batch", _TARGET, target_kinds.WholeNumber("batch"))
ALLOWED_OPERATORS = Key("allowed_operators", _TARGET, kinds.ListOf(target_kinds.AllowedOperator()))
RATE = Key("inferences_per_second", _TARGET, target_kinds.Number("inferences a second", "2.5"))
CLOCK = Key("clock_hz", _TARGET, target_kinds.Frequency())
CYCLES_PER_MAC = Key("cycles_per_mac", _TARGET, target_kinds.Number("cycles", "4.5"))
_OF_A_TARGET = (
    *(RAM, RESERVE_RAM, FLASH, RESERVE_FLASH),
    *(WEIGHT_DTYPE, ACTIVATION_DTYPE, BIAS_DTYPE, IO_DTYPE),
    *(FUSION, PLANNER, IN_PLACE, EXPLICIT_PADDING, ARENA_OVERHEAD, WEIGHTS),
    *(MAX_BATCH, ALLOWED_OPERATORS, RATE, CLOCK, CYCLES_PER_MAC),
)
ON_TARGET = Key("target", ("bundle",), kinds.Text())
BUNDLED = Key("cases", ("bundle",), kinds.ListOf(kinds.Text()))
ARENA = Key("arena", ("bundle",), _ARENAS)

_IN_A_TABLE: tuple[Where, ...] = ("table",)
ROWS = Key("models", _IN_A_TABLE, kinds.ListOf(kinds.Text()))
COLUMNS = Key("columns", _IN_A_TABLE, kinds.ListOf(table_kinds.Column()))
PREFIXES = Key("units", _IN_A_TABLE, table_kinds.Prefixes())
DIGITS = Key("digits", _IN_A_TABLE, table_kinds.Digits())
INTO = Key("into", _IN_A_TABLE, kinds.ListOf(table_kinds.MarkedFile()))

KEYS: tuple[Key[object], ...] = (
    *(
        REQUIRES,
        LOCK,
        LOCK_POLICY,
        LOCK_DEPTH,
        NEW,
        RAISE_NEEDS_REASON,
        COLLECT,
        MEMBERS,
        INCLUDE,
        DECLARERS,
        PYTHONPATH,
        FORMULAS,
        FREE,
        THOP_RULES,
        SHAPE_RULES,
        REPORT,
        DEFAULTS,
        MODELS,
        TARGETS,
        BUNDLES,
        TABLES,
    ),
    *(EACH, EXTENDS),
    *_MODEL,
    *(MODE, LOSS, REPEAT),
    *_TRACING,
    *(AT, SWEEP, NAME, ARTIFACT, ON_TARGETS, ON_TARGET, BUNDLED, ARENA),
    *_OF_A_TARGET,
    *_JUDGING,
    *LIMITS.values(),
    MODULES,
    *(ROWS, COLUMNS, PREFIXES, DIGITS, INTO),
)


@cache
def names_in(where: Where) -> tuple[str, ...]:
    """The keys that may stand in a table, in the order in which they are told."""
    return tuple(key.name for key in KEYS if where in key.where)
