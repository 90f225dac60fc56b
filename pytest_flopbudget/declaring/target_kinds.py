"""The kinds of value that only a target has: element types, numbers, and the operators that its runtime knows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from pytest_flopbudget.counting.elements import BITS
from pytest_flopbudget.counting.patterns import why_no_pattern
from pytest_flopbudget.counting.tflite import NAMES
from pytest_flopbudget.declaring import schemas
from pytest_flopbudget.declaring.schemas import Schema
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import QuantityError, did_you_mean, shown
from pytest_flopbudget.quantities import parse_quantity

DEFAULT = "default"
_EXAMPLE = "{ default = 'int8', 'head' = 'float32' }"


@dataclass(frozen=True, slots=True)
class ElementType:
    """An element type by torch's name."""

    def read(self, written: object, spot: Spot) -> str | None:
        """The value, or None and a mistake noted at the spot."""
        if isinstance(written, str) and written in BITS:
            return written
        hint = did_you_mean(written, BITS) if isinstance(written, str) else ""
        spot.wrong(f"{shown(written)} is no element type{hint or ': write its name, as in int8'}")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return {"enum": list(BITS)}


@dataclass(frozen=True, slots=True)
class ElementTypes:
    """An element type for all modules, or one for each module pattern and ``default`` for the rest."""

    def read(self, written: object, spot: Spot) -> Mapping[str, str] | None:
        """The element types by pattern, ``default`` among them or not; None where nothing could be read."""
        if not isinstance(written, dict):
            read = ElementType().read(written, spot)
            return None if read is None else {DEFAULT: read}
        if not written:
            spot.wrong(f"the table is empty: write {_EXAMPLE}")
            return None
        for pattern in written:
            if why := why_no_pattern(pattern):
                (spot / pattern).wrong(f"{shown(pattern)} is no module pattern: {why}")
        types = {pattern: ElementType().read(value, spot / pattern) for pattern, value in written.items()}
        return {pattern: value for pattern, value in types.items() if value is not None}

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        one = ElementType().schema()
        return {"anyOf": [one, schemas.table_of(one, names=schemas.MODULES, fewest=1)]}


@dataclass(frozen=True, slots=True)
class Number:
    """A number above 0, which need not be whole.

    Args:
        noun: What it is a number of, in a mistake.
        example: How one is written.
    """

    noun: str
    example: str

    def read(self, written: object, spot: Spot) -> Fraction | None:
        """The exact value, or None and a mistake noted at the spot."""
        if isinstance(written, (int, float)) and not isinstance(written, bool) and 0 < written < math.inf:
            # As it is written: a float's own value is that of the nearest binary fraction.
            return Fraction(str(written))
        spot.wrong(f"{shown(written)} is no number of {self.noun}: write one above 0, as in {self.example}")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return {"type": "number", "exclusiveMinimum": 0}


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A whole number from 1 up.

    Args:
        noun: What it is, in a mistake.
    """

    noun: str

    def read(self, written: object, spot: Spot) -> int | None:
        """The value, or None and a mistake noted at the spot."""
        if isinstance(written, int) and not isinstance(written, bool) and written > 0:
            return written
        spot.wrong(f"{shown(written)} is no {self.noun}: write a whole number from 1 up")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.whole_number(1)


@dataclass(frozen=True, slots=True)
class Frequency:
    """A clock's cycles a second."""

    def read(self, written: object, spot: Spot) -> Fraction | None:
        """The value in Hz, or None and a mistake noted at the spot."""
        try:
            quantity = parse_quantity(written, "Hz")
        except QuantityError as error:
            spot.wrong(str(error))
            return None
        if quantity.relation == "<=" and quantity.value:
            return Fraction(quantity.value)
        spot.wrong(f"{shown(written)} is no clock: write its cycles a second, as in '80 MHz'")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.number_or(schemas.quantity("Hz"), least=1)


@dataclass(frozen=True, slots=True)
class AllowedOperator:
    """An operator by its ATen name, or by that of TensorFlow Lite."""

    def read(self, written: object, spot: Spot) -> str | None:
        """The value, or None and a mistake noted at the spot."""
        namespace, colons, name = written.partition("::") if isinstance(written, str) else ("", "", "")
        if isinstance(written, str) and (written in NAMES or (colons and namespace and name and "." not in written)):
            return written
        if not isinstance(written, str):
            hint = ""
        elif colons and "." in name:
            hint = f"; did you mean {written.partition('.')[0]!r}?"
        else:
            hint = did_you_mean(written, NAMES)
        spot.wrong(f"{shown(written)} is no operator{hint or ': write its name, as in aten::conv2d or CONV_2D'}")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return {"anyOf": [{"enum": list(NAMES)}, schemas.text("[^.]+::[^.]+")]}
