"""Models, their points and the defaults become cases: one for each model at each point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declare.alike import note_alike
from pytest_flopbudget.declare.cases import Case
from pytest_flopbudget.declare.inputs import Inputs, bind, dimensions
from pytest_flopbudget.declare.keys import ARGS, AT, INPUT, INPUT_FACTORY, KEYS, KWARGS, NAME, REASON
from pytest_flopbudget.declare.layers import Layer, nearest, settled, with_input
from pytest_flopbudget.declare.points import Point, Points, read_points
from pytest_flopbudget.declare.sizes import sizes_at
from pytest_flopbudget.declare.values import substitute
from pytest_flopbudget.errors import did_you_mean
from pytest_flopbudget.judge.limits import Limit

Layers = tuple[Layer, Layer, Layer]

_MISSING = (
    ({"factory"}, "no factory: write factory = 'module:callable'"),
    ({INPUT.name, INPUT_FACTORY.name}, "no input: write its shape, as in input = '1x3x224x224'"),
)


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
    source = with_input((model, defaults))
    inputs = source.get(INPUT) if source else None
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
        if (written := layer.get(AT)) is not None:
            return read_points(written, layer.spot / "at")
        if "at" in layer.written:
            return Points(layer.spot / "at", sound=False)
    return Points(model.spot, listed=(Point(Layer(spot=model.spot), model.spot.place),))


def _note_missing(points: Points, model: Layer, defaults: Layer) -> None:
    of_points = [point.layer for point in points.listed]
    for names, text in _MISSING:
        if not names.isdisjoint(model.written) or not names.isdisjoint(defaults.written):
            continue
        if not of_points or any(names.isdisjoint(layer.written) for layer in of_points):
            model.spot.wrong(text)


def _case(name: str, point: Point, layers: Layers) -> Case | None:
    source = with_input(layers)
    if source is None:
        return None
    inputs, input_factory = source.get(INPUT), source.get(INPUT_FACTORY)
    # What stands further off than an input that could not be read says nothing.
    if inputs is None and input_factory is None:
        return None
    sizes = sizes_at(point, inputs, layers)
    if sizes is None:
        return None
    point_name = point.layer.get(NAME) or "-".join(f"{dim}{size}" for dim, size in sizes.items()) or "default"
    case = Case(
        model=name,
        point_name=point_name,
        place=point.place,
        # Without a factory the case is dropped with its table; until then its other mistakes can be found.
        factory="",
        inputs=bind(inputs or Inputs(), sizes),
        input_factory=input_factory,
        point=sizes,
        args=tuple(substitute(value, sizes) for value in nearest(ARGS, layers) or ()),
        kwargs={key: substitute(value, sizes) for key, value in (nearest(KWARGS, layers) or {}).items()},
        limits=tuple(_limits(layers, point_name)),
    )
    for key in KEYS:
        case = settled(case, key, layers)
    return case


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
                        reason=layer.get(REASON),
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
