"""``[tool.pytest-flopbudget.bundles]``: several models in one firmware."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_flopbudget.declaring import keys
from pytest_flopbudget.declaring.cases import Bundle, Case
from pytest_flopbudget.declaring.finding import few, nearest_name, without_swept
from pytest_flopbudget.declaring.layers import Layer, read_layer
from pytest_flopbudget.declaring.spots import Spot, bare_or_quoted
from pytest_flopbudget.declaring.targets import DeclaredTargets
from pytest_flopbudget.errors import shown
from pytest_flopbudget.judge.targets import ADD_UP, Target

_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Declared:
    """What bundles refer to.

    Args:
        cases: Every declared case.
        targets: Every declared target.
        sound: Whether every case is known: of a model with mistakes it is not.
    """

    cases: Sequence[Case]
    targets: DeclaredTargets
    sound: bool


def read_bundles(written: Mapping[str, object], declared: Declared, spot: Spot) -> Iterator[Bundle]:
    """The bundles of a table, those with mistakes left out; these are noted at their spots."""
    models = {case.model: case for case in declared.cases}
    for name, table in written.items():
        if keys.NAME.kind.read(name, spot / name) is None:
            continue
        if name in models:
            where = models[name].place.beside((spot / name).place)
            (spot / name).wrong(f"a model has the name {name!r}, {where}: give the bundle another")
        elif isinstance(table, dict):
            bundle = _bundle(name, read_layer(table, "bundle", spot / name), declared)
            if bundle is not None:
                yield bundle
        else:
            header = f"[tool.{keys.TABLE}.bundles.{bare_or_quoted(name)}]"
            (spot / name).wrong(f"{shown(table)} stands where a table was expected, as in {header}")


def named_in_bundles(written: Mapping[str, object]) -> frozenset[str]:
    """The names of the cases that the bundles of a table hold, as far as they can be read."""
    lists = (table.get(keys.BUNDLED.name) for table in written.values() if isinstance(table, dict))
    return frozenset(name for names in lists if isinstance(names, list) for name in names if isinstance(name, str))


def _bundle(name: str, layer: Layer, declared: Declared) -> Bundle | None:
    for key, text in (
        (keys.ON_TARGET, "no target: write target = 'board'"),
        (keys.BUNDLED, "no cases: write cases = ['kws', 'vww::R96']"),
    ):
        if key.name not in layer.written:
            layer.spot.wrong(text)
    target, cases = _target(layer, declared.targets), _cases(layer, declared)
    if target is None or cases is None:
        return None
    return Bundle(
        id=name,
        place=layer.spot.place,
        target=target,
        cases=cases,
        arena=layer.get(keys.ARENA) or "separate",
        level=layer.get(keys.LEVEL) or "error",
        until=layer.get(keys.UNTIL),
        growth=layer.get(keys.MAX_GROWTH) or {},
        reason=layer.get(keys.REASON),
        skip=layer.get(keys.SKIP) or None,
    )


def _target(layer: Layer, targets: DeclaredTargets) -> Target | None:
    name, spot = layer.get(keys.ON_TARGET), layer.spot / keys.ON_TARGET.name
    found = None if name is None else targets.find(name, spot)
    if found is None:
        return None
    if not any(limit.metric in ADD_UP for limit in found.target.limits):
        spot.wrong(f"{name} limits nothing that models share: write ram, flash or mac_rate there")
    for written in found.limits:
        if written.limit.metric in ADD_UP and (written.limit.rate or written.limit.share):
            spot.wrong(
                f"{written.limit.name}: {written.limit.source!r} depends on the model, and a bundle has several: "
                "write a number there"
            )
    return found.target


def _cases(layer: Layer, declared: Declared) -> tuple[Case, ...] | None:
    names, spot = layer.get(keys.BUNDLED), layer.spot / keys.BUNDLED.name
    if names is None:
        return None
    found: dict[str, Case] = {}
    for index, name in enumerate(names):
        case = _case(name, declared, spot / index)
        if case is not None and case.id in found:
            (spot / index).wrong(f"the case {case.id!r} stands twice")
        elif case is not None:
            _note_untold(case, spot / index)
            found[case.id] = case
    if len(names) < _FEWEST and not spot.has_mistakes_below():
        spot.wrong("a bundle has two cases or more: judge a single one by its own targets")
    return tuple(found.values()) if len(found) == len(names) else None


def _case(name: str, declared: Declared, spot: Spot) -> Case | None:
    own = without_swept([case for case in declared.cases if name in (case.model, case.id)])
    if len(own) == 1:
        return own[0]
    if own:
        points = few([case.point_name for case in own])
        spot.wrong(f"{name} has {len(own)} points, {points}: write which, as in '{own[0].id}'")
    elif declared.sound:
        spot.wrong(f"no case has the name {name!r}{nearest_name(name, declared.cases)}")
    return None


def _note_untold(case: Case, spot: Spot) -> None:
    if case.backend == "thop" or case.mode == "training":
        what = "backend = 'thop'" if case.backend == "thop" else "mode = 'training'"
        spot.wrong(f"{case.id} has {what}, and tells no bytes: leave it out of the bundle")
