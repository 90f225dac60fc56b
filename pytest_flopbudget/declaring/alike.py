"""Points that cannot be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.points import Point
from pytest_flopbudget.errors import Place


def note_alike(cases: Sequence[tuple[Point, Case]]) -> None:
    """Note each point that has the name of an earlier one, or measures the very same."""
    by_name: dict[str, Case] = {}
    by_sizes: dict[tuple[tuple[str, int], ...], list[Case]] = {}
    for point, case in cases:
        earlier = by_name.setdefault(case.point_name, case)
        same_sizes = by_sizes.setdefault(tuple(case.point.items()), [])
        if earlier is not case:
            text = f"two points have the name {case.point_name!r}; the other is on line {earlier.place.line}"
            point.layer.spot.wrong(text)
        elif twin := next((other for other in same_sizes if _measured(other) == _measured(case)), None):
            names = f"{twin.point_name!r} and {case.point_name!r}"
            point.layer.spot.wrong(f"the points {names} measure the same; the other is on line {twin.place.line}")
        same_sizes.append(case)


def _measured(case: Case) -> Case:
    """The case without its name, its place, and all that only judges its counts."""
    return replace(
        case,
        point_name="",
        place=Place("", 1),
        limits=(),
        level="error",
        uncounted="error",
        allow_zero=False,
        warn_at=None,
        reason=None,
        skip=None,
    )
