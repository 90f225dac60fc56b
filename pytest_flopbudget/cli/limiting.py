"""The limits that someone asks for on the command line, and a case held to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.limit_kinds import LimitText
from pytest_flopbudget.declaring.spots import Notebook, Spot
from pytest_flopbudget.errors import did_you_mean
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.targets import Target

_HERE = "the command line"


def option_of(metric: str) -> str:
    """The option that limits a metric: ``"--arena-bytes"``."""
    return f"--{metric.replace('_', '-')}"


def asked_limits(written: Mapping[str, str | None]) -> tuple[Limit, ...]:
    """Limits by metric, as declarations write them; None is none.

    Raises:
        AskedWrongly: A text is no limit.
    """
    return tuple(_limit(metric, text) for metric, text in written.items() if text is not None)


def refuse_unknown_dimensions(limits: Sequence[Limit], dimensions: Sequence[str]) -> None:
    """Every dimension that a rate is over has a size.

    Raises:
        AskedWrongly: One has none.
    """
    for limit in limits:
        for name in limit.rate.per if limit.rate else ():
            if name not in dimensions:
                hint = did_you_mean(name, dimensions) or f"; there is {', '.join(dimensions)}"
                raise AskedWrongly(f"{limit.name} {limit.source!r}: there is no dimension {name!r}{hint}")


def held_to(case: Case, limits: Sequence[Limit], targets: Sequence[Target]) -> Case:
    """A case with limits and targets, as they are at its point."""
    at_point = tuple(target.holding(tuple(limit.at(case.point) for limit in target.limits)) for target in targets)
    return replace(case, limits=tuple(limit.at(case.point) for limit in limits), targets=at_point)


def _limit(metric: str, text: str) -> Limit:
    notebook = Notebook(_HERE, {})
    read = LimitText(metric, METRICS[metric].unit).read(text, Spot(notebook))
    if read is None:
        raise AskedWrongly(f"{option_of(metric)} {notebook.mistakes[0].text}")
    if read.limit.relation == "lock":
        raise AskedWrongly(f"{option_of(metric)} 'lock': other sizes are not in the lock; write a number, as in '60 M'")
    return read.limit
