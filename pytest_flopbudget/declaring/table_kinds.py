"""The kinds of value that a table for a README or a paper has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring import schemas
from pytest_flopbudget.declaring.schemas import Schema
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import did_you_mean, shown
from pytest_flopbudget.quantities import prefixes

_METRICS = tuple(name for name, metric in METRICS.items() if not metric.needs)
_MARKED = (".md", ".tex")
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Column:
    """A metric, and behind ``@`` the point at which it is told: ``"macs@R224"``."""

    def read(self, written: object, spot: Spot) -> tuple[str, str] | None:
        """The value, or None and a mistake noted at the spot."""
        metric, at, point = written.partition("@") if isinstance(written, str) else ("", "", "")
        if metric in _METRICS and (point or not at):
            return metric, point
        if metric in _METRICS or not isinstance(written, str):
            spot.wrong(f"{shown(written)} is no column: write a metric and a point, as in 'macs@R224'")
        else:
            spot.wrong(f"{shown(metric)} is no metric of a model{did_you_mean(metric, _METRICS)}")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.text(rf"({'|'.join(_METRICS)})(@.+)?")


@dataclass(frozen=True, slots=True)
class Prefixes:
    """The prefix of a metric's numbers, by the metric."""

    def read(self, written: object, spot: Spot) -> Mapping[str, str] | None:
        """The value, or None and a mistake noted at the spot."""
        if not isinstance(written, dict):
            spot.wrong(f"{shown(written)} is no table of prefixes: write {{ macs = 'G', params = 'M' }}")
            return None
        found = {}
        for metric, prefix in written.items():
            if metric not in _METRICS:
                (spot / metric).wrong(f"unknown key{did_you_mean(metric, _METRICS)}")
            elif prefix not in (known := prefixes(METRICS[metric].unit)):
                (spot / metric).wrong(f"{shown(prefix)} is no prefix; there is {', '.join(map(repr, known))}")
            else:
                found[metric] = prefix
        return found

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.table_with({name: {"enum": list(prefixes(METRICS[name].unit))} for name in _METRICS})


@dataclass(frozen=True, slots=True)
class Digits:
    """How many digits are told of a number."""

    def read(self, written: object, spot: Spot) -> int | None:
        """The value, or None and a mistake noted at the spot."""
        if isinstance(written, int) and not isinstance(written, bool) and 1 <= written <= _MOST_DIGITS:
            return written
        spot.wrong(f"{shown(written)} is no number of digits: write one from 1 to {_MOST_DIGITS}")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.whole_number(1, _MOST_DIGITS)


@dataclass(frozen=True, slots=True)
class MarkedFile:
    """A file and the mark in it: ``"README.md#main"``, ``"paper.tex#main"``; a ``.csv`` is the table alone."""

    def read(self, written: object, spot: Spot) -> str | None:
        """The value, or None and a mistake noted at the spot."""
        path, _, mark = written.partition("#") if isinstance(written, str) else ("", "", "")
        suffix = PurePosixPath(path).suffix.casefold()
        if isinstance(written, str) and ((suffix in _MARKED and mark.strip()) or (suffix == ".csv" and not mark)):
            return written
        spot.wrong(f"{shown(written)} is no place for a table: write 'README.md#main', 'paper.tex#main' or 'costs.csv'")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        marked = "|".join(map(schemas.any_case, _MARKED))
        return schemas.text(rf"[^#]*[^#/]({marked})#.*\S.*", rf"[^#]*[^#/]{schemas.any_case('.csv')}#?")
