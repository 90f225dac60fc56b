"""What a mark or a call in a test asks for: limits and options, by the same keys as the table's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeVar

from pytest_flopbudget.counting.measurement import Backend, Mode
from pytest_flopbudget.declaring import keys
from pytest_flopbudget.declaring.case_limits import order
from pytest_flopbudget.declaring.cases import EXECUTE_LIMIT, AskedCase, Case
from pytest_flopbudget.declaring.finding import nearest_or_all
from pytest_flopbudget.declaring.layers import Layer, read_layer
from pytest_flopbudget.declaring.spots import Notebook, Spot
from pytest_flopbudget.errors import AskedError, Place, did_you_mean, nearest
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.targets import Target
from pytest_flopbudget.judge.verdicts import Kind, Level
from pytest_flopbudget.quantities import Growth

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """The limits and options of a mark, of a call, or of several merged; an option that is not said is None.

    Args:
        limits: The limits; one that is a rate is still to be multiplied by the sizes of a point.
        targets: The names of targets, each with the place where it is asked for.
        level: Whether exceeded and differs fail, warn, or are not judged.
        until: The day from which a level of ``"warn"`` is one of ``"error"``.
        uncounted: Whether uncounted operators fail, warn, or are passed over.
        allow_zero: Whether a count of 0 MACs is no failure.
        warn_at: The share of a limit from which a kept one is told as near.
        growth: By how much a metric may exceed the lock's, by its name; ``""`` is every other metric.
        reason: The user's own words.
        mode: The forward alone, or a step of training.
        backend: Whether a model is traced on shapes, executed, whichever of the two goes, or counted by thop.
        execute_limit: The most bytes of parameters, buffers and inputs at which a model is executed.
    """

    limits: tuple[Limit, ...] = ()
    targets: tuple[tuple[str, Place], ...] | None = None
    level: Level | None = None
    until: date | None = None
    uncounted: Level | None = None
    allow_zero: bool | None = None
    warn_at: Fraction | None = None
    growth: Mapping[str, Growth] | None = None
    reason: str | None = None
    mode: Mode | None = None
    backend: Backend | None = None
    execute_limit: int | None = None


def read_asked(written: Mapping[str, object], place: Place, what: str, beside: Sequence[str] = ()) -> Asked:
    """The keywords of a mark or a call.

    Args:
        written: Metrics, ``modules``, and the options of a case.
        place: Where they stand.
        what: The mark or the call, as a mistake names it: ``"flop_budget"``.
        beside: Further keywords that may stand there, for the nearest right spelling.

    Raises:
        AskedError: With every mistake, each a line.
    """
    notebook = Notebook(place.path, {(): place.line}, in_python=True)
    meant = {name: _meant(name, beside) for name in written}
    for name in written:
        if meant[name]:
            (Spot(notebook) / name).wrong(f"unknown key; did you mean {meant[name]!r}?")
    layer = read_layer({name: each for name, each in written.items() if not meant[name]}, "asked", Spot(notebook))
    if layer.get(keys.UNTIL) is not None and keys.LEVEL.name not in layer.written:
        (Spot(notebook) / keys.UNTIL.name).wrong("nothing warns until then: write level='warn' beside it")
    if notebook.mistakes:
        lines = (f"{place}: {what}: {mistake.key}: {mistake.text}" for mistake in notebook.mistakes)
        raise AskedError("\n".join(lines))
    return _asked(layer, place)


def merged(nearest_first: Sequence[Asked]) -> Asked:
    """Several as one: limit by limit and option by option, the nearest wins."""
    return Asked(
        limits=_merged_limits(*(asked.limits for asked in nearest_first)),
        targets=_first(asked.targets for asked in nearest_first),
        level=_first(asked.level for asked in nearest_first),
        until=_first(asked.until for asked in nearest_first),
        uncounted=_first(asked.uncounted for asked in nearest_first),
        allow_zero=_first(asked.allow_zero for asked in nearest_first),
        warn_at=_first(asked.warn_at for asked in nearest_first),
        growth=_first(asked.growth for asked in nearest_first),
        reason=_first(asked.reason for asked in nearest_first),
        mode=_first(asked.mode for asked in nearest_first),
        backend=_first(asked.backend for asked in nearest_first),
        execute_limit=_first(asked.execute_limit for asked in nearest_first),
    )


def as_case(asked: Asked, *, id: str, kind: Kind, place: Place, targets: Sequence[Target] | None = None) -> AskedCase:
    """The case of a call with a model and an input of its own, or of a region.

    Args:
        asked: What it asks for.
        id: The case's id.
        kind: A call or a region.
        place: Where the test asks for it.
        targets: Those of the nearest table; None where there is no table.

    Raises:
        AskedError: A limit is a rate: without a declared model there are no named dimensions. Or there is no such
            target.
    """
    return AskedCase(
        id=id,
        kind=kind,
        place=place,
        limits=_at(asked.limits, {}),
        targets=_targets(asked.targets or (), targets, {}),
        mode=asked.mode or "inference",
        backend=asked.backend or "auto",
        execute_limit=EXECUTE_LIMIT if asked.execute_limit is None else asked.execute_limit,
        level=asked.level or "error",
        until=asked.until,
        uncounted=asked.uncounted or "error",
        allow_zero=asked.allow_zero or False,
        warn_at=asked.warn_at,
        growth=asked.growth or {},
        reason=asked.reason,
    )


def of_declared(case: Case, asked: Asked, *, id: str, place: Place, targets: Sequence[Target] = ()) -> AskedCase:
    """The case of a call that follows a declared one: its limits and options, the call's own beating them.

    Args:
        case: The declared case.
        asked: What the call asks for.
        id: The case's id.
        place: Where the test asks for it.
        targets: Those of the table that declares the case.

    Raises:
        AskedError: A limit is a rate over a dimension that the declared case does not have, or there is no such target.
    """
    return AskedCase(
        id=id,
        kind="test",
        place=place,
        model=case.model,
        point_name=case.point_name,
        point=case.point,
        limits=_merged_limits(_at(asked.limits, case.point), case.limits),
        targets=case.targets if asked.targets is None else _targets(asked.targets, targets, case.point),
        mode=asked.mode or case.mode,
        backend=asked.backend or case.backend,
        execute_limit=case.execute_limit if asked.execute_limit is None else asked.execute_limit,
        level=asked.level or case.level,
        until=asked.until or case.until,
        uncounted=asked.uncounted or case.uncounted,
        allow_zero=case.allow_zero if asked.allow_zero is None else asked.allow_zero,
        warn_at=case.warn_at if asked.warn_at is None else asked.warn_at,
        growth=case.growth if asked.growth is None else asked.growth,
        reason=case.reason if asked.reason is None else asked.reason,
        skip=case.skip,
    )


def _meant(name: str, beside: Sequence[str]) -> str | None:
    """The keyword beside the keys that a misspelt one is nearest to; None where it is a key, or nearer to one."""
    known = keys.names_in("asked")
    found = None if name in known else nearest(name, (*known, *beside))
    return found if found in beside else None


def _asked(layer: Layer, place: Place) -> Asked:
    names = layer.get(keys.ON_TARGETS)
    return Asked(
        limits=tuple(written.limit for written in layer.limits_at("")),
        targets=None if names is None else tuple((name, place) for name in names),
        level=layer.get(keys.LEVEL),
        until=layer.get(keys.UNTIL),
        uncounted=layer.get(keys.UNCOUNTED),
        allow_zero=layer.get(keys.ALLOW_ZERO),
        warn_at=layer.get(keys.WARN_AT),
        growth=layer.get(keys.MAX_GROWTH),
        reason=layer.get(keys.REASON),
        mode=layer.get(keys.MODE),
        backend=layer.get(keys.BACKEND),
        execute_limit=layer.get(keys.EXECUTE_LIMIT),
    )


def _merged_limits(*nearest_first: Sequence[Limit]) -> tuple[Limit, ...]:
    """The nearest limit on each metric of each subject."""
    found: dict[tuple[str, str, bool], Limit] = {}
    for limits in nearest_first:
        for limit in limits:
            found.setdefault(limit.slot, limit)
    return tuple(sorted(found.values(), key=order))


def _targets(
    asked: Sequence[tuple[str, Place]], declared: Sequence[Target] | None, sizes: Mapping[str, int]
) -> tuple[Target, ...]:
    """The targets of some names, each once, their limits at a point."""
    by_name = {target.name: target for target in declared or ()}
    unknown = [
        f"{place}: targets: no target {name!r} is declared{nearest_or_all(name, tuple(by_name))}"
        if declared is not None
        else f"{place}: targets: no table declares {name!r}"
        for name, place in asked
        if name not in by_name
    ]
    if unknown:
        raise AskedError("\n".join(unknown))
    found = [by_name[name] for name in dict.fromkeys(name for name, _ in asked)]
    return tuple(target.holding(_at(target.limits, sizes)) for target in found)


def _first(given: Iterable[T | None]) -> T | None:
    return next((each for each in given if each is not None), None)


def _at(limits: Sequence[Limit], sizes: Mapping[str, int]) -> tuple[Limit, ...]:
    unknown = [
        f"{limit.place}: {limit.name}: {limit.source!r}: there is no dimension {dim!r}{_which(dim, sizes)}"
        for limit in limits
        if limit.rate
        for dim in dict.fromkeys(limit.rate.per)
        if dim not in sizes
    ]
    if unknown:
        raise AskedError("\n".join(unknown))
    return tuple(limit.at(sizes) for limit in limits)


def _which(dim: str, sizes: Mapping[str, int]) -> str:
    if not sizes:
        return ": only a declared model's point has any, as in declared='net', at={'R': 96}"
    return did_you_mean(dim, sizes) or f"; there is {', '.join(sizes)}"
