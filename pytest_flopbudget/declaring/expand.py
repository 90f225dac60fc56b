"""Models, their points and the defaults become cases: one for each model at each point."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from pytest_flopbudget.counting.measurement import THOP_KNOWS
from pytest_flopbudget.counting.metrics import METRICS, unknown_to
from pytest_flopbudget.declaring.alike import note_alike
from pytest_flopbudget.declaring.case_limits import limits_at, note_no_limit, note_strangers
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.inputs import Inputs, bind, dimensions
from pytest_flopbudget.declaring.keys import (
    ARGS,
    AT,
    FACTORY,
    INPUT,
    INPUT_FACTORY,
    KEYS,
    KWARGS,
    LOSS,
    NAME,
    REPEAT,
    SWEEP,
    UNTIL,
)
from pytest_flopbudget.declaring.layers import Layer, nearest, settled, with_input
from pytest_flopbudget.declaring.limit_kinds import WrittenLimit
from pytest_flopbudget.declaring.locking import note_no_lock
from pytest_flopbudget.declaring.model_files import has_inputs
from pytest_flopbudget.declaring.on_targets import targets_at
from pytest_flopbudget.declaring.points import Point, Points, read_points
from pytest_flopbudget.declaring.references import Reference
from pytest_flopbudget.declaring.sizes import sizes_at
from pytest_flopbudget.declaring.sweeps import read_sweep
from pytest_flopbudget.declaring.targets import DeclaredTargets
from pytest_flopbudget.declaring.values import substitute

_MISSING = (
    ({FACTORY.name}, "no factory: write factory = 'module:callable'"),
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


def expand(
    name: str,
    layers: Sequence[Layer],
    targets: DeclaredTargets,
    *,
    locked: bool = False,
    bundled: Collection[str] = (),
) -> Expanded:
    """A model at each of its points; one that has a mistake is left out, and the mistakes are noted at their spots.

    Args:
        name: The model's name.
        layers: Its own keys, then all that it inherits, the nearest first.
        targets: All that are declared.
        locked: Whether the table keeps a lock: without one, each point needs a limit.
        bundled: The names of the cases that a bundle limits: these need none of their own.
    """
    model = layers[0]
    points, sweep = _points(layers), _sweep(layers)
    _note_missing(points, layers)
    source = with_input(layers)
    inputs = source.get(INPUT) if source else None
    dims = dimensions(inputs) if inputs else ()
    ordered = [*points.in_order(dims), *sweep.in_order(dims)]
    expanded = [(point, _case(name, point, layers, targets, locked=locked)) for point in ordered]
    is_complete = points.sound and sweep.sound and all(each for _, each in expanded)
    found = _with_swept([(point, each) for point, each in expanded if each])
    cases = [each.cases[0] for _, each in found]
    by_point = list(zip([point for point, _ in found], cases, strict=True))
    note_alike(by_point)
    _note_contradictions(cases, model)
    _note_no_training(cases, model)
    _note_idle_day(cases, [model, *(point.layer for point, _ in found)])
    if is_complete:
        note_strangers([case for case in cases if not case.swept], model)
    if points.sound and (points.listed or points.grid) and not locked:
        _note_no_limit(name, by_point, layers, [point.layer for point in ordered], bundled)
    return Expanded(tuple(cases), tuple(reference for _, each in found for reference in each.references), is_complete)


def _points(layers: Sequence[Layer]) -> Points:
    for layer in layers:
        if (written := layer.get(AT)) is not None:
            return read_points(written, layer.spot / "at")
        if "at" in layer.written:
            return Points(layer.spot / "at", sound=False)
    model = layers[0]
    if any(SWEEP.name in layer.written for layer in layers):
        # Without a point of its own it has those of the sweep.
        return Points(model.spot)
    return Points(model.spot, listed=(Point(Layer(spot=model.spot), model.spot.place),))


def _of_file(layers: Sequence[Layer]) -> Inputs | None:
    """No inputs, where the factory is a file that has its own."""
    return Inputs() if has_inputs(nearest(FACTORY, layers) or "") else None


def _sweep(layers: Sequence[Layer]) -> Points:
    layer = next((layer for layer in layers if SWEEP.name in layer.written), layers[0])
    written, spot = layer.get(SWEEP), layer.spot / SWEEP.name
    if written is None:
        return Points(spot, sound=SWEEP.name not in layer.written)
    return read_sweep(written, spot)


def _with_swept(found: Sequence[tuple[Point, Expanded]]) -> list[tuple[Point, Expanded]]:
    """The points without those of a sweep that are declared too."""
    declared = [each.cases[0].point for point, each in found if not point.is_swept]
    return [(point, each) for point, each in found if not (point.is_swept and each.cases[0].point in declared)]


def _note_no_limit(
    name: str,
    by_point: Sequence[tuple[Point, Case]],
    of_model: Sequence[Layer],
    of_points: Sequence[Layer],
    bundled: Collection[str],
) -> None:
    alone = [each for each in by_point if not _is_held(each[1], bundled)]
    # A model none of whose points could be read may have one that a bundle limits.
    may_be_held = name in {each.partition("::")[0] for each in bundled}
    if alone or not (by_point or may_be_held):
        note_no_limit(alone, of_model, of_points)


def _is_held(case: Case, bundled: Collection[str]) -> bool:
    """Whether a case needs no limit: a bundle limits it, or it is drawn only."""
    return case.swept or not {case.model, case.id}.isdisjoint(bundled)


def _note_missing(points: Points, layers: Sequence[Layer]) -> None:
    of_points = [point.layer for point in points.listed]
    for names, text in _MISSING:
        if any(not names.isdisjoint(layer.written) for layer in layers):
            continue
        if names == {INPUT.name, INPUT_FACTORY.name} and _of_file(layers) is not None:
            continue
        if not of_points or any(names.isdisjoint(layer.written) for layer in of_points):
            layers[0].spot.wrong(text)


def _note_contradictions(cases: Sequence[Case], model: Layer) -> None:
    for is_one, text in _CONTRADICTIONS:
        if any(map(is_one, cases)):
            model.spot.wrong(text)


def _note_no_training(cases: Sequence[Case], model: Layer) -> None:
    # One that is inherited may be meant for other models.
    for key, what in ((LOSS, "a loss"), (REPEAT, "a number of steps")):
        if model.get(key) is not None and cases and all(case.mode == "inference" for case in cases):
            (model.spot / key.name).wrong(f"{what} counts in training only: write mode = 'training', or leave it out")


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
    inputs, input_factory = (source.get(INPUT), source.get(INPUT_FACTORY)) if source else (_of_file(layers), None)
    # What stands further off than an input that could not be read says nothing.
    if inputs is None and input_factory is None:
        return None
    sizes = sizes_at(point, inputs, layers)
    if sizes is None:
        return None
    point_name = point.layer.get(NAME) or "-".join(f"{dim}{size}" for dim, size in sizes.items()) or "default"
    limits = [] if point.is_swept else limits_at(point_name, sizes, layers)
    targets = [] if point.is_swept else targets_at(sizes, layers, declared)
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
        swept=point.is_swept,
    )
    case = _settled(case, layers)
    if not locked:
        note_no_lock(limits, layers)
    if case.artifact is not None:
        case = replace(case, artifact=str(substitute(case.artifact, sizes)))
    _note_untold(case, limits)
    written_limits = (*limits, *(limit for each in targets for limit in each.limits))
    return Expanded((case,), tuple(Reference(case, each.limit, each.spot) for each in written_limits if each.limit.of))


def _settled(case: Case, layers: Sequence[Layer]) -> Case:
    """The case with what the nearest layers give."""
    given = {name for layer in layers for name in layer.values}
    for key in KEYS:
        if key.name in given:
            case = settled(case, key, layers)
    return case


def _note_untold(case: Case, limits: Sequence[WrittenLimit]) -> None:
    """Note each limit on a metric that the case's count does not tell."""
    for written in limits:
        if why := unknown_to(case.backend, written.limit.metric):
            written.spot.wrong(why)
        elif written.limit.metric == "artifact_bytes" and case.artifact is None:
            written.spot.wrong("no built file is declared: write artifact = 'build/net.tflite' beside it")
        elif written.limit.metric == "run_flops" and case.steps is None:
            written.spot.wrong("no number of steps is declared: write mode = 'training' and repeat = 30_000 beside it")
        elif METRICS[written.limit.metric].is_of_memory and case.mode == "training":
            written.spot.wrong("mode = 'training' counts a step of training, whose memory is not told: leave one out")
