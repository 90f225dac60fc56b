"""The kinds of value that are about the lock: its file, its depth, and by how much counts may grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring import schemas
from pytest_flopbudget.declaring.kinds import Text
from pytest_flopbudget.declaring.schemas import Schema
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import QuantityError, did_you_mean, shown
from pytest_flopbudget.judge.locks import ALWAYS_LOCKED, NEVER_LOCKED
from pytest_flopbudget.quantities import Growth, parse_growth

OF_A_CASE = tuple(metric for metric in METRICS if metric not in NEVER_LOCKED)
OF_A_MODULE = ALWAYS_LOCKED
_EXAMPLE = "flopbudget.lock.json"


@dataclass(frozen=True, slots=True)
class LockFile:
    """The file of a lock, below the table's own folder: two tables have two locks."""

    def read(self, written: object, spot: Spot) -> str | None:
        """The value, or None and a mistake noted at the spot."""
        name = Text().read(written, spot)
        if name is None:
            return None
        path = PurePosixPath(name)
        if path.is_absolute() or PureWindowsPath(name).drive or ".." in path.parts:
            spot.wrong(f"{shown(name)} is not below this file's folder: write a name, as in {_EXAMPLE!r}")
        elif path.suffix != ".json":
            spot.wrong(f"{shown(name)} is no name of a JSON file: write one, as in {_EXAMPLE!r}")
        else:
            return name
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        outside = "|".join((r"^[/\\]", "^[A-Za-z]:", r"(^|/)\.\.(/|$)"))
        return {"type": "string", "pattern": r"[^/]\.json$", "not": {"pattern": outside}}


@dataclass(frozen=True, slots=True)
class Depth:
    """How deep modules are locked: 0 is the model alone."""

    def read(self, written: object, spot: Spot) -> int | None:
        """The value, or None and a mistake noted at the spot."""
        if isinstance(written, int) and not isinstance(written, bool) and written >= 0:
            return written
        spot.wrong(f"{shown(written)} is no depth: write a whole number from 0 up")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.whole_number(0)


@dataclass(frozen=True, slots=True)
class MaxGrowth:
    """By how much counts may exceed the lock's: a share for all metrics, or a share or an amount for each.

    Args:
        metrics: The metrics that may be named.
    """

    metrics: Sequence[str]

    def read(self, written: object, spot: Spot) -> Mapping[str, Growth] | None:
        """The allowances by metric, one for all under ``""``; None where nothing could be read, which is noted."""
        if not isinstance(written, Mapping):
            growth = _read(written, None, spot)
            return None if growth is None else {"": growth}
        if not written:
            spot.wrong("the table is empty: write max_growth = '1%', or one by metric, as in { macs = '5 M' }")
            return None
        read = {name: self._of(str(name), value, spot / str(name)) for name, value in written.items()}
        return {str(name): growth for name, growth in read.items() if growth is not None}

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        named = {
            metric: schemas.number_or(schemas.PERCENTAGE, schemas.quantity(METRICS[metric].unit))
            for metric in self.metrics
        }
        return {"anyOf": [{**schemas.number_or(schemas.PERCENTAGE), "maximum": 0}, schemas.table_with(named, fewest=1)]}

    def _of(self, metric: str, written: object, spot: Spot) -> Growth | None:
        if metric in self.metrics:
            return _read(written, METRICS[metric].unit, spot)
        hint = did_you_mean(metric, self.metrics) or f"; there is {', '.join(self.metrics)}"
        spot.wrong(NEVER_LOCKED.get(metric) or f"no metric that is locked here{hint}")
        return None


def _read(written: object, unit: str | None, spot: Spot) -> Growth | None:
    try:
        return parse_growth(written, unit)
    except QuantityError as error:
        spot.wrong(str(error))
        return None
