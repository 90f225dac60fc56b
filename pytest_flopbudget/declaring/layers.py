"""Defaults, a model and a point have the same keys: each is a layer, and the nearest that has a key wins."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from pytest_flopbudget.declaring import keys
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.keys import INPUT, INPUT_FACTORY, KEYS, MODULES, REASON, Key, Where, names_in
from pytest_flopbudget.declaring.limit_kinds import WrittenLimit
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.declaring.unknown import explain_key

_INPUTS = {INPUT.name, INPUT_FACTORY.name}

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """The keys of a case as one table gives them.

    Args:
        spot: Where the table stands.
        written: Every key that it gives or tries to give, also where the value is wrong.
        values: What it gives, by the key's name; limits stand apart.
        limits: The limits by metric.
        limits_by_point: The limits of single points by metric and the point's name.
    """

    spot: Spot
    written: Collection[str] = ()
    values: Mapping[str, object] = field(default_factory=dict)
    limits: Mapping[str, WrittenLimit] = field(default_factory=dict)
    limits_by_point: Mapping[str, Mapping[str, WrittenLimit]] = field(default_factory=dict)

    def get(self, key: Key[T]) -> T | None:
        """What the layer gives for a key; None where that is nothing, or wrong."""
        # The value was read by this very key.
        return cast("T | None", self.values.get(key.name))

    def limits_at(self, point_name: str) -> list[WrittenLimit]:
        """The limits that this layer sets at a point, on the case and on its modules, each with its reason."""
        by_point = self.limits_by_point.items()
        at_point = {metric: limits[point_name] for metric, limits in by_point if point_name in limits}
        found = (*{**self.limits, **at_point}.values(), *(self.get(MODULES) or ()))
        reason = self.get(REASON)
        return [each if reason is None or each.limit.reason else each.because(reason) for each in found]


def nearest(key: Key[T], layers: Sequence[Layer]) -> T | None:
    """What the first layer that has a key gives for it; None where none has it."""
    given = (layer.get(key) for layer in layers)
    return next((value for value in given if value is not None), None)


def settled(case: Case, key: Key[T], layers: Sequence[Layer]) -> Case:
    """The case with what the nearest layer gives for a key."""
    value = nearest(key, layers) if key.put else None
    return case if value is None or key.put is None else key.put(case, value)


def with_input(layers: Sequence[Layer]) -> Layer | None:
    """The nearest layer that says, or tries to say, what a model's inputs are."""
    return next((layer for layer in layers if not _INPUTS.isdisjoint(layer.written)), None)


@dataclass(frozen=True, slots=True)
class TableReader:
    """Reads one table by its keys.

    Args:
        table: As TOML gives it.
        where: Which of our tables it is.
        spot: Where it stands.
    """

    table: Mapping[str, object]
    where: Where
    spot: Spot

    def read(self, key: Key[T]) -> T | None:
        """A key's value; None where it is not there, does not belong here, or is wrong, which is noted."""
        if key.name not in self.table or self.where not in key.where:
            return None
        return key.kind.read(self.table[key.name], self.spot / key.name)

    def written(self) -> set[str]:
        """The keys that are there, and those that unknown keys probably meant; the unknown are noted."""
        known = names_in(self.where)
        names = set(self.table)
        for name in self.table:
            if name not in known:
                text, meant = explain_key(name, self.table[name], self.where)
                (self.spot / name).wrong(text)
                names |= {meant} if meant else set()
        return names


def read_layer(table: Mapping[str, object], where: Where, spot: Spot) -> Layer:
    """A table as a layer; mistakes are noted at their spots."""
    reader = TableReader(table, where, spot)
    read = {key.name: reader.read(key) for key in KEYS if key.name in table and key.name not in keys.LIMITS}
    if table.keys() >= _INPUTS:
        (spot / INPUT_FACTORY.name).wrong("input and input_factory stand in one table: write one")
    return Layer(
        spot=spot,
        written=reader.written(),
        values={name: value for name, value in read.items() if value is not None},
        limits=_limits(reader),
        limits_by_point=_limits_by_point(reader),
    )


def _limits(reader: TableReader) -> dict[str, WrittenLimit]:
    limits = {}
    for metric, key in keys.LIMITS.items():
        if metric in reader.table and not isinstance(reader.table[metric], dict) and (limit := reader.read(key)):
            limits[metric] = limit
    return limits


def _limits_by_point(reader: TableReader) -> dict[str, dict[str, WrittenLimit]]:
    limits: dict[str, dict[str, WrittenLimit]] = {}
    for metric, key in keys.LIMITS.items():
        written = reader.table.get(metric)
        if not isinstance(written, dict):
            continue
        spot = reader.spot / metric
        if reader.where != "model":
            spot.wrong("a table of limits by point belongs in a model, not here; write one limit")
            continue
        if not written:
            spot.wrong(f"the table of limits by point is empty: write {metric} = {{ R96 = … }}")
        read = {name: key.kind.read(limit, spot / name) for name, limit in written.items()}
        limits[metric] = {name: limit for name, limit in read.items() if limit}
    return limits
