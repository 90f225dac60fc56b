"""Models, their points and the defaults become cases: one for each model at each point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pytest_flopbudget.counting.measurement import THOP_KNOWS
from pytest_flopbudget.counting.metrics import METRICS, unknown_to
from pytest_flopbudget.declaring.alike import note_alike
from pytest_flopbudget.declaring.case_limits import limits_at, note_no_limit, note_strangers
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.inputs import Inputs, bind, dimensions
from pytest_flopbudget.declaring.keys import ARGS, AT, INPUT, INPUT_FACTORY, KEYS, KWARGS, LOSS, NAME, UNTIL
from pytest_flopbudget.declaring.layers import Layer, nearest, settled, with_input
from pytest_flopbudget.declaring.limit_kinds import WrittenLimit
from pytest_flopbudget.declaring.locking import note_no_lock
from pytest_flopbudget.declaring.on_targets import targets_at
from pytest_flopbudget.declaring.points import Point, Points, read_points
from pytest_flopbudget.declaring.references import Reference
from pytest_flopbudget.declaring.sizes import sizes_at
from pytest_flopbudget.declaring.targets import DeclaredTargets
from pytest_flopbudget.declaring.values import substitute

_MISSING = (
    ({"factory"}, "no factory: write factory = 'module:callable'"),
    (
        {INPUT.name, INPUT_FACTORY.name},
        "no input: write its shape, as in input = '1x3x224x224', or input_factory = 'module:callable'",
    ),
)
_CONTRADICTIONS: tuple[tuple[Callable[[Case], bool], str], ...] = (
    (
        lambda case: case.backend == "execute" and case.build == "meta",
        "build = 'meta' builds the model without data, and backend = 'execute' needs it: leave one out",
    ),
    (
        lambda case: case.backend == "execute" and case.data_dependent == "worst",
        "data_dependent = 'worst' counts on shapes, and backend = 'execute' does not: leave one out",
    ),
    (
        lambda case: bool(case.assume) and case.data_dependent != "worst",
        "assume is for the worst case: write data_dependent = 'worst' beside it",
    ),
    (
        lambda case: bool(case.targets) and case.backend == "thop",
        f"targets ask for bytes, and {THOP_KNOWS}: let another backend count",
    ),
    (
        lambda case: bool(case.targets) and case.mode == "training",
        "targets run an inference, and mode = 'training' counts a step of training: leave one out",
    ),
    (
        lambda case: case.artifact is not None and case.mode == "training",
        "artifact is built for an inference, and mode = 'training' counts a step of training: leave one out",
    ),
    (
        lambda case: case.mode == "training" and case.backend == "thop",
        "mode = 'training' counts a step, and backend = 'thop' the forward alone: leave one out",
    ),
    (
        lambda case: case.mode == "training" and case.data_dependent == "worst",
        "mode = 'training' counts a step of training, and data_dependent = 'worst' an inference: leave one out",
    ),
)


@dataclass(frozen=True, slots=True)
class Expanded:
    """The cases of a model in the order of its points, and those of their limits that refer to other models.

    It is complete where no point had a mistake.
    """

    cases: tuple[Case, ...] = ()
    references: tuple[Reference, ...] = ()
    is_complete: bool = False


def expand(name: str, layers: Sequence[Layer], targets: DeclaredTargets, *, locked: bool = False) -> Expanded:
    """A model at each of its points; one that has a mistake is left out, and the mistakes are noted at their spots.

    Args:
        name: The model's name.
        layers: Its own keys, then all that it inherits, the nearest first.
        targets: All that are declared.
        locked: Whether the table keeps a lock: without one, each point needs a limit.
    """
    model = layers[0]
    points = _points(layers)
    _note_missing(points, layers)
    source = with_input(layers)
    inputs = source.get(INPUT) if source else None
    ordered = list(points.in_order(dimensions(inputs) if inputs else ()))
    expanded = [(point, _case(name, point, layers, targets, locked=locked)) for point in ordered]
    found = [(point, cases) for point, cases in expanded if cases]
    cases = [each.cases[0] for _, each in found]
    by_point = list(zip([point for point, _ in found], cases, strict=True))
    note_alike(by_point)
    _note_contradictions(cases, model)
    _note_no_training(cases, model)
    _note_idle_day(cases, [model, *(point.layer for point, _ in found)])
    is_complete = points.sound and len(cases) == len(ordered)
    if is_complete:
        note_strangers(cases, model)
    if points.sound and not locked:
        note_no_limit(by_point, [*layers, *(point.layer for point in ordered)], model)
    return Expanded(tuple(cases), tuple(reference for _, each in found for reference in each.references), is_complete)


def _points(layers: Sequence[Layer]) -> Points:
    for layer in layers:
        if (written := layer.get(AT)) is not None:
            return read_points(written, layer.spot / "at")
        if "at" in layer.written:
            return Points(layer.spot / "at", sound=False)
    model = layers[0]
    return Points(model.spot, listed=(Point(Layer(spot=model.spot), model.spot.place),))


def _note_missing(points: Points, layers: Sequence[Layer]) -> None:
    of_points = [point.layer for point in points.listed]
    for names, text in _MISSING:
        if any(not names.isdisjoint(layer.written) for layer in layers):
            continue
        if not of_points or any(names.isdisjoint(layer.written) for layer in of_points):
            layers[0].spot.wrong(text)


def _note_contradictions(cases: Sequence[Case], model: Layer) -> None:
    for is_one, text in _CONTRADICTIONS:
        if any(map(is_one, cases)):
            model.spot.wrong(text)


def _note_no_training(cases: Sequence[Case], model: Layer) -> None:
    # One that is inherited may be meant for other models.
    if model.get(LOSS) is not None and cases and all(case.mode == "inference" for case in cases):
        (model.spot / LOSS.name).wrong("a loss counts in training only: write mode = 'training', or leave it out")


def _note_idle_day(cases: Sequence[Case], layers: Sequence[Layer]) -> None:
    """Note a day that ends no warning; one that is inherited may be meant for other models."""
    for layer in layers:
        if layer.get(UNTIL) is not None and cases and all(case.level != "warn" for case in cases):
            (layer.spot / UNTIL.name).wrong("nothing warns until then: write level = 'warn' beside it")


def _case(
    name: str, point: Point, of_model: Sequence[Layer], declared: DeclaredTargets, *, locked: bool
) -> Expanded | None:
    layers = (point.layer, *of_model)
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
    limits, targets = limits_at(point_name, sizes, layers), targets_at(sizes, layers, declared)
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
        limits=tuple(written.limit for written in limits),
        targets=tuple(each.target for each in targets),
    )
    # Of all keys a case has few.
    given = {name for layer in layers for name in layer.values}
    for key in KEYS:
        if key.name in given:
            case = settled(case, key, layers)
    if not locked:
        note_no_lock(limits, layers)
    if case.artifact is not None:
        case = replace(case, artifact=str(substitute(case.artifact, sizes)))
    _note_untold(case, limits)
    written_limits = (*limits, *(limit for each in targets for limit in each.limits))
    return Expanded((case,), tuple(Reference(case, each.limit, each.spot) for each in written_limits if each.limit.of))


def _note_untold(case: Case, limits: Sequence[WrittenLimit]) -> None:
    """Note each limit on a metric that the case's count does not tell."""
    for written in limits:
        if why := unknown_to(case.backend, written.limit.metric):
            written.spot.wrong(why)
        elif written.limit.metric == "artifact_bytes" and case.artifact is None:
            written.spot.wrong("no built file is declared: write artifact = 'build/net.tflite' beside it")
        elif METRICS[written.limit.metric].is_of_memory and case.mode == "training":
            written.spot.wrong("mode = 'training' counts a step of training, whose memory is not told: leave one out")
