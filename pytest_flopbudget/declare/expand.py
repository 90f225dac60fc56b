"""Models, their points and the defaults become cases: one for each model at each point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from pytest_flopbudget.count.metrics import METRICS
from pytest_flopbudget.declare.alike import note_alike
from pytest_flopbudget.declare.cases import Case
from pytest_flopbudget.declare.inputs import bind, dimensions
from pytest_flopbudget.declare.layers import Layer
from pytest_flopbudget.declare.points import Point, Points, read_points
from pytest_flopbudget.declare.sizes import sizes_at
from pytest_flopbudget.declare.values import substitute
from pytest_flopbudget.errors import did_you_mean
from pytest_flopbudget.judge.limits import Limit

T = TypeVar("T")
Layers = tuple[Layer, Layer, Layer]

_MISSING = {
    "factory": "no factory: write factory = 'module:callable'",
    "input": "no input: write its shape, as in input = '1x3x224x224'",
}


def expand(name: str, model: Layer, defaults: Layer) -> list[Case]:
    """The cases of one model, in the order of its points.

    Args:
        name: The model's name.
        model: Its keys.
        defaults: The keys that it inherits.

    Returns:
        One case for each point that has no mistake; mistakes are noted at their spots.
    """
    points = _points(model, defaults)
    _note_missing(points, model, defaults)
    inputs = _nearest(model.input, defaults.input)
    ordered = list(points.in_order(dimensions(inputs) if inputs else ()))
    expanded = [(point, _case(name, point, (point.layer, model, defaults))) for point in ordered]
    found = [(point, case) for point, case in expanded if case]
    note_alike(found)
    cases = [case for _, case in found]
    if points.sound and len(cases) == len(ordered):
        _note_strangers(cases, model)
    if points.sound:
        layers = [point.layer for point in ordered]
        if _has_no_limit((model, defaults, *layers)):
            model.spot.wrong("no limit: write one, as in macs = '4.2 G'")
        else:
            _note_no_limit(found, model)
    return cases


def _points(model: Layer, defaults: Layer) -> Points:
    for layer in (model, defaults):
        if layer.at is not None:
            return read_points(layer.at, layer.spot / "at")
        if "at" in layer.written:
            return Points(layer.spot / "at", sound=False)
    return Points(model.spot, listed=(Point(Layer(spot=model.spot), model.spot.place),))


def _note_missing(points: Points, model: Layer, defaults: Layer) -> None:
    of_points = [point.layer for point in points.listed]
    for key, text in _MISSING.items():
        if key in model.written or key in defaults.written:
            continue
        if not of_points or not all(key in layer.written for layer in of_points):
            model.spot.wrong(text)


def _case(name: str, point: Point, layers: Layers) -> Case | None:
    inputs = _nearest(*(layer.input for layer in layers))
    if inputs is None or _input_is_wrong(layers):
        return None
    sizes = sizes_at(point, inputs, layers)
    if sizes is None:
        return None
    point_name = point.layer.name or "-".join(f"{dim}{size}" for dim, size in sizes.items()) or "default"
    args = _nearest(*(layer.args for layer in layers)) or ()
    kwargs = _nearest(*(layer.kwargs for layer in layers)) or {}
    return Case(
        model=name,
        point_name=point_name,
        place=point.place,
        # Without a factory the case is dropped with its table; until then its other mistakes can be found.
        factory=_nearest(*(layer.factory for layer in layers)) or "",
        inputs=bind(inputs, sizes),
        point=sizes,
        args=tuple(substitute(value, sizes) for value in args),
        kwargs={key: substitute(value, sizes) for key, value in kwargs.items()},
        limits=tuple(_limits(layers, point_name)),
        build=_nearest(*(layer.build for layer in layers)) or "auto",
        level=_nearest(*(layer.level for layer in layers)) or "error",
        uncounted=_nearest(*(layer.uncounted for layer in layers)) or "error",
        allow_zero=_nearest(*(layer.allow_zero for layer in layers)) or False,
        warn_at=_nearest(*(layer.warn_at for layer in layers)),
        reason=_nearest(*(layer.reason for layer in layers)),
        skip=_nearest(*(layer.skip for layer in layers)) or None,
    )


def _nearest(*values: T | None) -> T | None:
    return next((value for value in values if value is not None), None)


def _input_is_wrong(layers: Layers) -> bool:
    """Whether the nearest input could not be read: what stands further off then says nothing."""
    nearest = next((layer for layer in layers if "input" in layer.written), None)
    return nearest is not None and nearest.input is None


def _limits(layers: Layers, point_name: str) -> list[Limit]:
    """The nearest limit on each metric, with the reason that stands beside it."""
    limits = []
    for metric in METRICS:
        for layer in layers:
            if written := layer.limit(metric, point_name):
                quantity = written.quantity
                limits.append(
                    Limit(
                        metric=metric,
                        relation=quantity.relation,
                        value=quantity.value,
                        step=quantity.step,
                        place=written.place,
                        source=written.source,
                        reason=layer.reason,
                    )
                )
                break
    return limits


def _note_strangers(cases: Sequence[Case], model: Layer) -> None:
    names = [case.point_name for case in cases]
    for metric, limits in model.limits_by_point.items():
        for name in limits:
            if name not in names:
                hint = did_you_mean(name, names) or f"; there is {', '.join(names)}"
                (model.spot / metric / name).wrong(f"no point has this name{hint}")


def _has_no_limit(layers: Iterable[Layer]) -> bool:
    return all(METRICS.keys().isdisjoint(layer.written) for layer in layers)


def _note_no_limit(found: Sequence[tuple[Point, Case]], model: Layer) -> None:
    """A point that no limit reaches would be kept by every model; other mistakes of the model are told first."""
    if model.spot.has_mistakes_below():
        return
    for point, case in found:
        if not case.limits:
            point.layer.spot.wrong(f"the point {case.point_name} has no limit: write one, as in macs = '4.2 G'")
