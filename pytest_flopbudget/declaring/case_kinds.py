"""The kinds of value that only this table knows: inputs, points, Python modules and operators."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pytest_flopbudget.counting import marking
from pytest_flopbudget.counting.dynamic import DYNAMIC
from pytest_flopbudget.declaring import schemas
from pytest_flopbudget.declaring.inputs import Inputs, parse_inputs
from pytest_flopbudget.declaring.kinds import Text
from pytest_flopbudget.declaring.schemas import Schema
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import FormulaError, InputError, did_you_mean, shown

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MODULE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


@dataclass(frozen=True, slots=True)
class InputShapes:
    """The inputs of a model."""

    def read(self, written: object, spot: Spot) -> Inputs | None:
        """The value, or None and a mistake noted at the spot."""
        try:
            return parse_inputs(written)
        except InputError as error:
            for path, text in error.mistakes:
                spot.down(*path).wrong(text)
            return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.INPUT


@dataclass(frozen=True, slots=True)
class PointList:
    """Points: a list of tables or numbers, or a grid. Read further where the model's inputs are known."""

    def read(self, written: object, spot: Spot) -> list[object] | dict[str, object] | None:
        """The value, or None and a mistake noted at the spot."""
        if isinstance(written, (list, dict)) and written:
            return written
        what = "without points nothing is measured" if isinstance(written, (list, dict)) else "it is no list of points"
        spot.wrong(f"{what}: write at = [{{ R = 96 }}, {{ R = 128 }}], or a grid, at = {{ R = [96, 128] }}")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.POINTS


@dataclass(frozen=True, slots=True)
class SweptSizes:
    """Ranges of sizes by dimension; an empty table sweeps none. Read further where the model's points are."""

    def read(self, written: object, spot: Spot) -> dict[str, object] | None:
        """The value, or None and a mistake noted at the spot."""
        if isinstance(written, dict):
            return written
        spot.wrong(f"{shown(written)} is no sweep: write sweep = {{ R = '96..320 step 32' }}")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.SWEEP


@dataclass(frozen=True, slots=True)
class Module:
    """The dotted name of a module."""

    def read(self, written: object, spot: Spot) -> str | None:
        """The value, or None and a mistake noted at the spot."""
        name = Text().read(written, spot)
        if name is None or _MODULE.fullmatch(name):
            return name
        spot.wrong(f"{shown(name)} is no module: write its dotted name, as in 'shop.flops'")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.text(_MODULE.pattern)


@dataclass(frozen=True, slots=True)
class Operator:
    """The name of an operator without overload."""

    def read(self, written: object, spot: Spot) -> str | None:
        """The value, or None and a mistake noted at the spot."""
        name = Text().read(written, spot)
        if name is None:
            return None
        try:
            marking.free(name, reason="declared in the table")
        except FormulaError as error:
            spot.wrong(str(error))
            return None
        return name

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.text(marking.OPERATOR.pattern)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar, as TOML's own date or as a text."""

    def read(self, written: object, spot: Spot) -> date | None:
        """The value, or None and a mistake noted at the spot."""
        # A time is a date in Python, and has no place here.
        if isinstance(written, date) and not isinstance(written, datetime):
            return written
        if isinstance(written, str) and _DAY.fullmatch(written):
            with contextlib.suppress(ValueError):
                return date.fromisoformat(written)
        spot.wrong(f"{shown(written)} is no day: write year, month and day, as in '2027-03-01'")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        # A day of TOML is no text, and nothing that JSON knows.
        return {
            "not": {"type": ["array", "boolean", "null", "number", "object"]},
            "pattern": schemas.whole(_DAY.pattern),
        }


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes that are assumed of results, by the operators that give them."""

    def read(self, written: object, spot: Spot) -> Mapping[str, int] | None:
        """The sizes that could be read, or None where it is no table; mistakes are noted."""
        if not isinstance(written, dict):
            spot.wrong(f"{shown(written)} is no table of sizes: write assume = {{ 'torchvision::nms' = 512 }}")
            return None
        for name, size in written.items():
            if name not in DYNAMIC:
                hint = did_you_mean(name, DYNAMIC) or f"; there is {', '.join(DYNAMIC)}"
                (spot / name).wrong(f"no size of its result depends on data{hint}")
            elif isinstance(size, bool) or not isinstance(size, int) or size < 0:
                (spot / name).wrong(f"{shown(size)} is no size: write a number of elements, as in 512")
        return {name: size for name, size in written.items() if name in DYNAMIC and isinstance(size, int)}

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.table_with({name: schemas.whole_number(0) for name in DYNAMIC})
