"""The limits of a case: the nearest on each metric of each subject, at the sizes of its point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.keys import MODULES, ON_TARGETS
from pytest_flopbudget.declaring.layers import Layer, nearest
from pytest_flopbudget.declaring.limit_kinds import WrittenLimit
from pytest_flopbudget.declaring.points import Point
from pytest_flopbudget.declaring.sizes import of_model
from pytest_flopbudget.errors import did_you_mean
from pytest_flopbudget.judge.limits import Limit

_METRICS = tuple(METRICS)


def limits_at(point_name: str, sizes: Mapping[str, int], layers: Sequence[Layer]) -> list[WrittenLimit]:
    """The limits at a point, those on the case itself before those on its modules.

    Args:
        point_name: The point's name.
        sizes: Its dimensions.
        layers: The case's layers, the nearest first.

    Returns:
        The limits that could be resolved; a dimension that the point does not have is noted.
    """
    found: dict[tuple[str, str, bool], WrittenLimit] = {}
    for layer in layers:
        for written in layer.limits_at(point_name):
            found.setdefault(written.key, written)
    ordered = sorted(found.values(), key=lambda written: order(written.limit))
    return [
        replace(written, limit=written.limit.at(sizes)) if written.limit.rate else written
        for written in ordered
        if is_known(written, sizes, layers)
    ]


def order(limit: Limit) -> tuple[bool, int]:
    """Where a limit stands among others; those on modules stay in the order in which they were met."""
    return bool(limit.subject), 0 if limit.subject else _METRICS.index(limit.metric)


def is_known(written: WrittenLimit, sizes: Mapping[str, int], layers: Sequence[Layer]) -> bool:
    """Whether a case has every dimension that a limit is multiplied by; one that it does not have is noted."""
    rate = written.limit.rate
    unknown = [dim for dim in dict.fromkeys(rate.per) if dim not in sizes] if rate else []
    for dim in unknown:
        hint = did_you_mean(dim, sizes) or (f"; there is {', '.join(sizes)}" if sizes else "")
        written.spot.wrong(f"no size for the dimension {dim!r}{of_model(written.spot, layers)}{hint}")
    return not unknown


def note_strangers(cases: Sequence[Case], model: Layer) -> None:
    """Note each limit that a model sets at a point that it does not have."""
    names = [case.point_name for case in cases]
    known = set(names)
    for metric, limits in model.limits_by_point.items():
        for name in limits:
            if name not in known:
                hint = did_you_mean(name, names) or f"; there is {', '.join(names)}"
                (model.spot / metric / name).wrong(f"no point has this name{hint}")


def note_no_limit(found: Sequence[tuple[Point, Case]], of_model: Sequence[Layer], of_points: Sequence[Layer]) -> None:
    """Note a model without any limit, or each of its points that none reaches: every model would keep it.

    Other mistakes in its keys are told first.

    Args:
        found: The points that need a limit of their own, and their cases.
        of_model: The model's own keys, then all that it inherits, the nearest first.
        of_points: The keys of all its points.
    """
    layers = (*of_model, *of_points)
    if all({*METRICS, MODULES.name, ON_TARGETS.name}.isdisjoint(layer.written) for layer in layers):
        of_model[0].spot.wrong("no limit: write one, as in macs = '4.2 G'")
    elif not any(layer.spot.has_mistakes_below() for layer in layers):
        for point, case in found:
            named = nearest(ON_TARGETS, (point.layer, *of_model)) or ()
            # A target that is not there, or has mistakes, was to limit something.
            are_known = len(named) == len(case.targets)
            if are_known and not (case.limits or any(target.asks_something for target in case.targets)):
                point.layer.spot.wrong(f"the point {case.point_name} has no limit: write one, as in macs = '4.2 G'")
