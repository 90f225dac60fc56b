"""Defaults, a model and a point have the same keys: each is a layer, and the nearest that has a key wins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

from pytest_flopbudget.declare import keys
from pytest_flopbudget.declare.case_kinds import WrittenLimit
from pytest_flopbudget.declare.cases import Build
from pytest_flopbudget.declare.inputs import Inputs
from pytest_flopbudget.declare.keys import Key, Where, names_in
from pytest_flopbudget.declare.spots import Spot
from pytest_flopbudget.declare.unknown import explain_key
from pytest_flopbudget.judge.verdicts import Level

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """The keys of a case as one table gives them; None is what it does not give.

    Args:
        spot: Where the table stands.
        written: Every key that it gives or tries to give, also where the value is wrong.
        limits: The limits by metric.
        limits_by_point: The limits of single points by metric and the point's name.
        skip: Why the case is not run; an empty text runs it.
    """

    spot: Spot
    written: Collection[str] = ()
    factory: str | None = None
    args: tuple[object, ...] | None = None
    kwargs: Mapping[str, object] | None = None
    input: Inputs | None = None
    build: Build | None = None
    at: list[object] | dict[str, object] | None = None
    name: str | None = None
    level: Level | None = None
    uncounted: Level | None = None
    allow_zero: bool | None = None
    warn_at: Fraction | None = None
    reason: str | None = None
    skip: str | None = None
    limits: Mapping[str, WrittenLimit] = field(default_factory=dict)
    limits_by_point: Mapping[str, Mapping[str, WrittenLimit]] = field(default_factory=dict)

    def limit(self, metric: str, point_name: str) -> WrittenLimit | None:
        """The limit that this layer sets on a metric at a point."""
        return self.limits_by_point.get(metric, {}).get(point_name) or self.limits.get(metric)


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
    return Layer(
        spot=spot,
        written=reader.written(),
        factory=reader.read(keys.FACTORY),
        args=reader.read(keys.ARGS),
        kwargs=reader.read(keys.KWARGS),
        input=reader.read(keys.INPUT),
        build=reader.read(keys.BUILD),
        at=reader.read(keys.AT),
        name=reader.read(keys.NAME),
        level=reader.read(keys.LEVEL),
        uncounted=reader.read(keys.UNCOUNTED),
        allow_zero=reader.read(keys.ALLOW_ZERO),
        warn_at=reader.read(keys.WARN_AT),
        reason=reader.read(keys.REASON),
        skip=reader.read(keys.SKIP),
        limits=_limits(reader),
        limits_by_point=_limits_by_point(reader),
    )


def _limits(reader: TableReader) -> dict[str, WrittenLimit]:
    limits = {}
    for metric, key in keys.LIMITS.items():
        if not isinstance(reader.table.get(metric), dict) and (limit := reader.read(key)):
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
