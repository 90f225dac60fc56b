"""Every key of the table: its name, where it may stand, the kind of its value, and what the value does to a case.

A new key of a case is a field of :class:`Case` and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, Literal, TypeVar, Union, get_args

from pytest_flopbudget.counting.measurement import Backend, Mode
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declare import case_kinds, kinds, limit_kinds, model_kinds, templates
from pytest_flopbudget.declare.cases import Build, Case, Collect, DataDependent
from pytest_flopbudget.declare.kinds import Kind
from pytest_flopbudget.declare.limit_kinds import WrittenLimit
from pytest_flopbudget.judge.verdicts import Level

TABLE = "pytest-flopbudget"
Where = Literal["root", "defaults", "model", "point", "asked"]
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
_LEVELS: Kind[Level] = kinds.Choice(get_args(Level))
_BUILDS: Kind[Build] = kinds.Choice(get_args(Build))
_COLLECTS: Kind[Collect] = kinds.Choice(get_args(Collect))
_MODES: Kind[Mode] = kinds.Choice(get_args(Mode))
_BACKENDS: Kind[Backend] = kinds.Choice(get_args(Backend))
_DATA_DEPENDENT: Kind[DataDependent] = kinds.Choice(get_args(DataDependent))

REQUIRES = Key("requires", _ROOT, kinds.Text())
COLLECT = Key("collect", _ROOT, _COLLECTS)
MEMBERS = Key("members", _ROOT, kinds.ListOf(kinds.Text()))
PYTHONPATH = Key("pythonpath", _ROOT, kinds.ListOf(kinds.Text()))
FORMULAS = Key("formulas", _ROOT, kinds.ListOf(case_kinds.Module()))
FREE = Key("free", _ROOT, kinds.ListOf(case_kinds.Operator()))
THOP_RULES = Key("thop_rules", _ROOT, model_kinds.Factory("dict of rules", "shop.flops:RULES"))
DEFAULTS = Key("defaults", _ROOT, kinds.Tables(f"tool.{TABLE}.defaults"))
MODELS = Key("models", _ROOT, kinds.Tables(f"tool.{TABLE}.models.net"))

ARGS = Key("args", _CASE, model_kinds.Arguments())
KWARGS = Key("kwargs", _CASE, model_kinds.NamedArguments())
INPUT = Key("input", _CASE, case_kinds.InputShapes())
INPUT_FACTORY = Key("input_factory", _CASE, model_kinds.Factory("input factory", "shop.inputs:batch"))
AT: Key[_WrittenPoints] = Key("at", ("defaults", "model"), case_kinds.PointList())
EACH = Key("each", ("model",), templates.Each())
EXTENDS = Key("extends", ("model",), kinds.Text())
NAME = Key("name", ("point",), kinds.Name())
REASON = Key("reason", _ANYWHERE, kinds.Text(), lambda case, reason: replace(case, reason=reason))

_MODEL = (
    Key("factory", _CASE, model_kinds.Factory(), lambda case, path: replace(case, factory=path)),
    *(ARGS, KWARGS, INPUT, INPUT_FACTORY),
    Key("call", _CASE, model_kinds.Method(), lambda case, method: replace(case, call=method)),
    Key("part", _CASE, model_kinds.Part(), lambda case, path: replace(case, part=path)),
    Key("prepare", _CASE, model_kinds.Steps(), lambda case, steps: replace(case, prepare=steps)),
)
MODE = Key("mode", _ANYWHERE, _MODES, lambda case, mode: replace(case, mode=mode))
LOSS = Key("loss", _CASE, model_kinds.Factory("loss", "shop.losses:total"), lambda case, path: replace(case, loss=path))
BACKEND = Key("backend", _ANYWHERE, _BACKENDS, lambda case, backend: replace(case, backend=backend))
EXECUTE_LIMIT = Key("execute_limit", _ANYWHERE, kinds.Bytes(), lambda case, limit: replace(case, execute_limit=limit))
_TRACING = (
    Key("build", _CASE, _BUILDS, lambda case, build: replace(case, build=build)),
    *(BACKEND, EXECUTE_LIMIT),
    Key("data_dependent", _CASE, _DATA_DEPENDENT, lambda case, way: replace(case, data_dependent=way)),
    Key("assume", _CASE, case_kinds.Sizes(), lambda case, sizes: replace(case, assume=sizes)),
)
LEVEL = Key("level", _ANYWHERE, _LEVELS, lambda case, level: replace(case, level=level))
UNCOUNTED = Key("uncounted", _ANYWHERE, _LEVELS, lambda case, level: replace(case, uncounted=level))
ALLOW_ZERO = Key("allow_zero", _ANYWHERE, kinds.Flag(), lambda case, allowed: replace(case, allow_zero=allowed))
WARN_AT = Key("warn_at", _ANYWHERE, kinds.Share(), lambda case, share: replace(case, warn_at=share))
_JUDGING = (
    *(LEVEL, UNCOUNTED, ALLOW_ZERO, WARN_AT, REASON),
    Key("skip", _CASE, kinds.Skip(), lambda case, reason: replace(case, skip=reason or None)),
)
LIMITS: Mapping[str, Key[WrittenLimit]] = {
    metric.name: Key(metric.name, _ANYWHERE, limit_kinds.LimitText(metric.name, metric.unit))
    for metric in METRICS.values()
}
MODULES = Key("modules", _ANYWHERE, limit_kinds.ModuleLimits())

KEYS: tuple[Key[object], ...] = (
    *(REQUIRES, COLLECT, MEMBERS, PYTHONPATH, FORMULAS, FREE, THOP_RULES, DEFAULTS, MODELS),
    *(EACH, EXTENDS),
    *_MODEL,
    *(MODE, LOSS),
    *_TRACING,
    *(AT, NAME),
    *_JUDGING,
    *LIMITS.values(),
    MODULES,
)


def names_in(where: Where) -> tuple[str, ...]:
    """The keys that may stand in a table, in the order in which they are told."""
    return tuple(key.name for key in KEYS if where in key.where)
