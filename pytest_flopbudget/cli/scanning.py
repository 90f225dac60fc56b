"""One model at many sizes: each point is measured in turn, and one at which it cannot run is told as such."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Generic, TypeVar

from pytest_flopbudget.cli.asking import Subject, input_of
from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.cli.showing import aside, with_progress
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.sharing import Sharing

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Point = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reading(Generic[T_co]):
    """What was found at one point.

    Args:
        point: The sizes of the named dimensions.
        found: What was asked of the measurement there; None where the model cannot run.
        error: Why it cannot run, as one line; empty where it can.
    """

    point: Point
    found: T_co | None
    error: str = ""


def points_of(subject: Subject) -> list[Point]:
    """Every point of the sizes that were asked for; the last dimension varies fastest."""
    return [dict(zip(subject.sizes, sizes, strict=True)) for sizes in product(*subject.sizes.values())]


def varied(subject: Subject, most: int) -> tuple[str, ...]:
    """The dimensions that have several sizes.

    Raises:
        AskedWrongly: There is none, or there are more than can be told.
    """
    names = tuple(name for name, sizes in subject.sizes.items() if len(sizes) > 1)
    if not names:
        first = (*subject.dimensions, "R")[0]
        raise AskedWrongly(f"no dimension has several sizes: write FIRST:LAST:STEP, as in {first}=96:320:32")
    if len(names) > most:
        some = "one dimension" if most == 1 else "two dimensions"
        raise AskedWrongly(f"{', '.join(names)} have several sizes each: vary {some} at most")
    return names


def scan(subject: Subject, points: Sequence[Point], ask: Callable[[Case, Measurement], T]) -> list[Reading[T]]:
    """Measure a model at every point; one that is built alike for several is built once.

    Args:
        subject: The model.
        points: Where it is measured.
        ask: What is wanted of each measurement.

    Raises:
        MeasureError: It can run at none of them: the error of the first.
        FlopBudgetError: What is asked for has no value.
    """
    sharing = Sharing()
    errors: list[MeasureError] = []
    readings: list[Reading[T]] = []
    for point in with_progress(points, f"counting {subject.case.model}"):
        case = subject.at(point)
        sharing.let_go_but_for(case, subject.table)
        try:
            with aside():
                measurement = sharing.measure(case, subject.table)
        except MeasureError as error:
            errors.append(error)
            # Each would have its own input in it, and be a reason of its own.
            readings.append(Reading(point, None, error.headline.removeprefix(f"cannot run at {input_of(case)}: ")))
        else:
            readings.append(Reading(point, ask(case, measurement)))
    if len(errors) == len(readings):
        raise errors[0]
    return readings


def told(point: Point) -> str:
    """A point as it is written: ``"R=96"``, ``"H=480 W=640"``."""
    return " ".join(f"{name}={size}" for name, size in point.items())


def by_reason(readings: Sequence[Reading[T]]) -> Iterator[tuple[str, list[Point]]]:
    """Why a model cannot run, each reason once, and the points at which it is the reason."""
    for reason in dict.fromkeys(each.error for each in readings if each.error):
        yield reason, [each.point for each in readings if each.error == reason]
