"""``[tool.pytest-flopbudget.targets]``: every target, with the limits that its sizes come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring import keys
from pytest_flopbudget.declaring.entries import chain
from pytest_flopbudget.declaring.finding import nearest_or_all
from pytest_flopbudget.declaring.layers import Layer, nearest, read_layer
from pytest_flopbudget.declaring.limit_kinds import WrittenLimit
from pytest_flopbudget.declaring.spots import Spot, bare_or_quoted
from pytest_flopbudget.declaring.target_kinds import DEFAULT
from pytest_flopbudget.errors import shown
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.targets import AllowedOperators, MaxBatch, Target
from pytest_flopbudget.quantities import format_quantity

T = TypeVar("T")


_SIZES = ((keys.RAM, keys.RESERVE_RAM), (keys.FLASH, keys.RESERVE_FLASH))
_NEEDED = {
    keys.RATE.name: "inferences_per_second = 10",
    keys.CLOCK.name: "clock_hz = '80 MHz'",
    keys.CYCLES_PER_MAC.name: "cycles_per_mac = 4.5",
}


@dataclass(frozen=True, slots=True)
class DeclaredTarget:
    """A target and its limits as they are written, for mistakes that show only where it is used."""

    target: Target
    limits: tuple[WrittenLimit, ...] = ()


@dataclass(frozen=True, slots=True)
class DeclaredTargets:
    """All targets of a table.

    Args:
        by_name: Those without mistakes.
        names: The names of all.
        sound: Whether these are all.
    """

    by_name: Mapping[str, DeclaredTarget] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    sound: bool = True

    def find(self, name: str, spot: Spot) -> DeclaredTarget | None:
        """The target of a name; None where there is none, which is noted, or where it has mistakes."""
        if name not in self.names and self.sound:
            spot.wrong(f"no target {name!r} is declared{nearest_or_all(name, self.names)}")
        return self.by_name.get(name)


def read_targets(written: Mapping[str, object], spot: Spot, *, sound: bool) -> DeclaredTargets:
    """The targets of a table; mistakes are noted at their spots.

    Args:
        written: By their names.
        spot: Where they stand.
        sound: Whether these are all.
    """
    layers = {name: layer for name, table in written.items() if (layer := _layer(name, table, spot / name))}
    found = {name: _target(name, layers) for name in layers}
    by_name = {name: each for name, each in found.items() if each is not None}
    return DeclaredTargets(by_name, tuple(written), sound)


def _layer(name: str, table: object, spot: Spot) -> Layer | None:
    if keys.NAME.kind.read(name, spot) is None:
        return None
    if not isinstance(table, dict):
        header = f"[tool.{keys.TABLE}.targets.{bare_or_quoted(name)}]"
        spot.wrong(f"{shown(table)} stands where a table was expected, as in {header}")
        return None
    inner = [key for key, value in table.items() if isinstance(value, dict) and key not in keys.names_in("target")]
    for key in inner:
        (spot / key).wrong(f'a name with a dot must be quoted: [tool.{keys.TABLE}.targets."{name}.{key}"]')
    own = {key: value for key, value in table.items() if key not in inner}
    return read_layer(own, "target", spot) if own or not inner else None


def _target(name: str, layers: Mapping[str, Layer]) -> DeclaredTarget | None:
    own = chain(name, layers, sound=True, noun="target")
    if own is None:
        return None
    spot, deployment = layers[name].spot, _deployment(own)
    _note_contradictions(own)
    limits = [
        replace(each, limit=replace(each.limit, target=name))
        for each in (*_of_sizes(own, deployment), *_of_metrics(own))
    ]
    target = Target(
        name=name,
        place=spot.place,
        deployment=deployment,
        limits=tuple(each.limit for each in limits),
        max_batch=_max_batch(own),
        allowed=_allowed(own),
    )
    # What it was to limit is not known, and so not missing.
    if any(layer.spot.has_mistakes_below() for layer in own):
        return None
    return DeclaredTarget(target, tuple(limits))


def _deployment(layers: Sequence[Layer]) -> Deployment:
    types = dict(nearest(keys.WEIGHT_DTYPE, layers) or {})
    standard = Deployment()
    return Deployment(
        weight_dtype=types.pop(DEFAULT, None),
        weight_dtypes=types,
        activation_dtype=nearest(keys.ACTIVATION_DTYPE, layers),
        bias_dtype=nearest(keys.BIAS_DTYPE, layers),
        io_dtype=nearest(keys.IO_DTYPE, layers),
        fusion=nearest(keys.FUSION, layers) or standard.fusion,
        planner=nearest(keys.PLANNER, layers) or standard.planner,
        inplace=nearest(keys.IN_PLACE, layers) or (),
        explicit_padding=nearest(keys.EXPLICIT_PADDING, layers) or False,
        arena_overhead=nearest(keys.ARENA_OVERHEAD, layers) or 0,
        weights_in=nearest(keys.WEIGHTS, layers) or standard.weights_in,
        inferences_per_second=nearest(keys.RATE, layers),
        clock_hz=nearest(keys.CLOCK, layers),
        cycles_per_mac=nearest(keys.CYCLES_PER_MAC, layers),
    )


def _of_sizes(layers: Sequence[Layer], deployment: Deployment) -> Iterator[WrittenLimit]:
    """What ``ram`` and ``flash`` limit: each less its reserve."""
    for size, reserve in _SIZES:
        whole, kept_back = nearest(size, layers), nearest(reserve, layers)
        if whole is None:
            continue
        source = f"{size.name} {format_quantity(whole, 'B')}"
        source += f" less {reserve.name} {format_quantity(kept_back, 'B')}" if kept_back else ""
        spot = _spot(size, layers)
        limit = Limit(
            metric=_in_ram(deployment) if size is keys.RAM else "weight_bytes",
            value=max(0, whole - (kept_back or 0)),
            place=spot.place,
            source=source,
            is_derived=True,
            reason=nearest(keys.REASON, layers),
        )
        yield WrittenLimit(limit, spot)


def _in_ram(deployment: Deployment) -> str:
    """The metric that RAM limits: what is alive at once, unless there is more than that to keep there."""
    more = deployment.planner != "liveness" or deployment.weights_in == "ram" or deployment.arena_overhead
    return "arena_bytes" if more else "peak_activation_bytes"


def _of_metrics(layers: Sequence[Layer]) -> Iterator[WrittenLimit]:
    for metric in keys.LIMITS:
        found = next((layer for layer in layers if metric in layer.limits), None)
        if found is None:
            continue
        written = found.limits[metric]
        for needed in METRICS[metric].needs:
            if not any(needed in layer.written for layer in layers):
                written.spot.wrong(f"{metric} needs {needed}: write it beside it, as in {_NEEDED[needed]}")
        yield replace(written, limit=replace(written.limit, reason=nearest(keys.REASON, layers)))


def _max_batch(layers: Sequence[Layer]) -> MaxBatch | None:
    value = nearest(keys.MAX_BATCH, layers)
    return None if value is None else MaxBatch(value, _spot(keys.MAX_BATCH, layers).place)


def _allowed(layers: Sequence[Layer]) -> AllowedOperators | None:
    names = nearest(keys.ALLOWED_OPERATORS, layers)
    return None if names is None else AllowedOperators(names, _spot(keys.ALLOWED_OPERATORS, layers).place)


def _note_contradictions(layers: Sequence[Layer]) -> None:
    for size, reserve in _SIZES:
        whole, kept_back = nearest(size, layers), nearest(reserve, layers)
        if kept_back is not None and not any(size.name in layer.written for layer in layers):
            _spot(reserve, layers).wrong(f"{reserve.name} is kept back from {size.name}: write that beside it")
        elif whole is not None and kept_back is not None and kept_back >= whole:
            _spot(reserve, layers).wrong(f"nothing is left of {size.name}, {format_quantity(whole, 'B')}")
    names = nearest(keys.ALLOWED_OPERATORS, layers)
    if names == () and not _spot(keys.ALLOWED_OPERATORS, layers).has_mistakes_below():
        _spot(keys.ALLOWED_OPERATORS, layers).wrong("the list is empty, and allows no operator: leave it out")


def _spot(key: keys.Key[T], layers: Sequence[Layer]) -> Spot:
    """Where the nearest layer that has a key has it."""
    return next(layer.spot for layer in layers if layer.get(key) is not None) / key.name
