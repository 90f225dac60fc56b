"""Cases to be judged, and measurements of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from pytest_flopbudget.counting.measurement import Backend, Measurement, Mode, ModuleNode
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.inputs import Inputs
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Level

PLACE = Place("pyproject.toml", 4)


def at_most(value: int, metric: str = "macs") -> Limit:
    return Limit(metric=metric, value=value, place=PLACE, source=str(value))


def equal_to(value: int, step: int = 1) -> Limit:
    return Limit(metric="macs", value=value, place=PLACE, source=f"= {value}", relation="=", step=step)


def case(
    *limits: Limit,
    level: Level = "error",
    uncounted: Level = "error",
    allow_zero: bool = False,
    warn_at: Fraction | None = None,
    skip: str | None = None,
    backend: Backend = "shapes",
    mode: Mode = "inference",
) -> Case:
    return Case(
        model="net",
        point_name="R96",
        point={"R": 96},
        place=PLACE,
        factory="shop:net",
        inputs=Inputs(),
        limits=limits,
        level=level,
        uncounted=uncounted,
        allow_zero=allow_zero,
        warn_at=warn_at,
        reason="30 fps",
        skip=skip,
        backend=backend,
        mode=mode,
    )


def measured(macs: int, uncounted: Sequence[str] = ()) -> Measurement:
    calls: list[tuple[OperatorCall, Cost | None]] = [(call("aten::conv2d", "stem"), Cost(macs, 7))]
    calls += [(call(operator, "head"), None) for operator in uncounted]
    modules = (ModuleNode("", 1, 0), ModuleNode("stem", 1, 40), ModuleNode("head", 2, 2))
    return Measurement(calls=tuple(calls), modules=modules, backend="shapes", traced="shapes", built="meta")


def call(operator: str, module: str) -> OperatorCall:
    return OperatorCall(operator, module, {"x": TensorSpec((1, 4)), "groups": 2}, TensorSpec((1, 4)))
