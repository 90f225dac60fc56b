"""Every key of the table: its name, the tables where it may stand, and the kind of its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar, Union, get_args

from pytest_flopbudget.count.metrics import METRICS
from pytest_flopbudget.declare import case_kinds, kinds
from pytest_flopbudget.declare.case_kinds import WrittenLimit
from pytest_flopbudget.declare.cases import Build, Collect
from pytest_flopbudget.declare.kinds import Kind
from pytest_flopbudget.judge.verdicts import Level

TABLE = "pytest-flopbudget"
Where = Literal["root", "defaults", "model", "point"]
_WrittenPoints = Union[list[object], dict[str, object]]
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Key(Generic[T_co]):
    """A key of the table.

    Args:
        name: As it is written.
        where: The tables where it may stand.
        kind: What its value may be.
    """

    name: str
    where: tuple[Where, ...]
    kind: Kind[T_co]


_ROOT: tuple[Where, ...] = ("root",)
_CASE: tuple[Where, ...] = ("defaults", "model", "point")
_LEVELS: tuple[Level, ...] = get_args(Level)
_BUILDS: tuple[Build, ...] = get_args(Build)
_COLLECTS: tuple[Collect, ...] = get_args(Collect)

REQUIRES = Key("requires", _ROOT, kinds.Text())
COLLECT: Key[Collect] = Key("collect", _ROOT, kinds.Choice(_COLLECTS))
PYTHONPATH = Key("pythonpath", _ROOT, kinds.ListOf(kinds.Text()))
FORMULAS = Key("formulas", _ROOT, kinds.ListOf(case_kinds.Module()))
FREE = Key("free", _ROOT, kinds.ListOf(case_kinds.Operator()))
DEFAULTS = Key("defaults", _ROOT, kinds.Tables(f"tool.{TABLE}.defaults"))
MODELS = Key("models", _ROOT, kinds.Tables(f"tool.{TABLE}.models.net"))

FACTORY = Key("factory", _CASE, case_kinds.Factory())
ARGS = Key("args", _CASE, case_kinds.Arguments())
KWARGS = Key("kwargs", _CASE, case_kinds.NamedArguments())
INPUT = Key("input", _CASE, case_kinds.InputShapes())
BUILD: Key[Build] = Key("build", _CASE, kinds.Choice(_BUILDS))
AT: Key[_WrittenPoints] = Key("at", ("defaults", "model"), case_kinds.PointList())
NAME = Key("name", ("point",), kinds.Name())
LEVEL: Key[Level] = Key("level", _CASE, kinds.Choice(_LEVELS))
UNCOUNTED: Key[Level] = Key("uncounted", _CASE, kinds.Choice(_LEVELS))
ALLOW_ZERO = Key("allow_zero", _CASE, kinds.Flag())
WARN_AT = Key("warn_at", _CASE, kinds.Share())
REASON = Key("reason", _CASE, kinds.Text())
SKIP = Key("skip", _CASE, kinds.Skip())
LIMITS: Mapping[str, Key[WrittenLimit]] = {
    metric.name: Key(metric.name, _CASE, case_kinds.LimitText(metric.unit)) for metric in METRICS.values()
}

KEYS: tuple[Key[object], ...] = (
    *(REQUIRES, COLLECT, PYTHONPATH, FORMULAS, FREE, DEFAULTS, MODELS),
    *(FACTORY, ARGS, KWARGS, INPUT, BUILD, AT, NAME),
    *(LEVEL, UNCOUNTED, ALLOW_ZERO, WARN_AT, REASON, SKIP),
    *LIMITS.values(),
)


def names_in(where: Where) -> tuple[str, ...]:
    """The keys that may stand in a table, in the order in which they are told."""
    return tuple(key.name for key in KEYS if where in key.where)
