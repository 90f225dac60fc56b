"""What options write as declarations do; the limits among them, and a case held to these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.kinds import Kind
from pytest_flopbudget.declaring.limit_kinds import LimitText
from pytest_flopbudget.declaring.spots import Notebook, Spot
from pytest_flopbudget.errors import did_you_mean
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.targets import Target

T = TypeVar("T")


def option_of(metric: str) -> str:
    """The option that limits a metric: ``"--arena-bytes"``."""
    return f"--{metric.replace('_', '-')}"


def asked_limits(written: Mapping[str, str | None]) -> tuple[Limit, ...]:
    """Limits by metric, as declarations write them; None is none.

    Raises:
        AskedWrongly: A text is no limit.
    """
    return tuple(limit for metric, text in written.items() for limit in _limits(metric, text))


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


def read_option(option: str, kind: Kind[T], written: str | None) -> T | None:
    """An option's value as declarations write it; None where it is not given.

    Raises:
        AskedWrongly: It is none.
    """
    if written is None:
        return None
    notebook = Notebook("the command line", {})
    value = kind.read(written, Spot(notebook))
    if notebook.mistakes:
        raise AskedWrongly(f"{option} {notebook.mistakes[0].text}")
    return value


def _limits(metric: str, text: str | None) -> Iterator[Limit]:
    read = read_option(option_of(metric), LimitText(metric, METRICS[metric].unit), text)
    if read is not None and read.limit.relation == "lock":
        raise AskedWrongly(f"{option_of(metric)} 'lock': other sizes are not in the lock; write a number, as in '60 M'")
    if read is not None:
        yield read.limit
