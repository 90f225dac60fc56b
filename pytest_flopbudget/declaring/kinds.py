"""The kinds of value that a key may have; each reads one, and notes a mistake where it is another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, Protocol, TypeVar

from pytest_flopbudget.declaring import schemas
from pytest_flopbudget.declaring.schemas import Schema
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import QuantityError, did_you_mean, shown
from pytest_flopbudget.quantities import parse_percentage, parse_quantity

T_co = TypeVar("T_co", covariant=True)
Word = TypeVar("Word", bound=str)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Kind(Protocol[T_co]):
    """What a key's value may be."""

    def read(self, written: object, spot: Spot) -> T_co | None:
        """The value, or None and a mistake noted at the spot."""

    def schema(self) -> Schema:
        """What it may be, as JSON Schema."""


@dataclass(frozen=True, slots=True)
class Name:
    """What can stand in a test's id: letters, digits, dots, underscores and hyphens."""

    def read(self, written: object, spot: Spot) -> str | None:
        """The value, or None and a mistake noted at the spot."""
        if isinstance(written, str) and _NAME.fullmatch(written):
            return written
        spot.wrong(f"{shown(written)} is no name: write letters, digits, '.', '_' and '-', a letter or digit first")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.text(_NAME.pattern)


@dataclass(frozen=True, slots=True)
class Text:
    """A text that says something."""

    def read(self, written: object, spot: Spot) -> str | None:
        """The value, or None and a mistake noted at the spot."""
        if not isinstance(written, str):
            spot.wrong(f"{shown(written)} is no text")
        elif not written.strip():
            spot.wrong("the text is empty")
        elif "\0" in written:
            spot.wrong(f"{shown(written)} has a NUL, which no name and no path may have")
        else:
            return written
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.text()


@dataclass(frozen=True, slots=True)
class ListOf(Generic[T_co]):
    """A list of values of one kind."""

    kind: Kind[T_co]

    def read(self, written: object, spot: Spot) -> tuple[T_co, ...] | None:
        """The values that could be read, or None where it is no list; mistakes are noted."""
        if not isinstance(written, list):
            hint = f": write [{shown(written)}]" if isinstance(written, str) else ""
            spot.wrong(f"{shown(written)} is no list of texts{hint}")
            return None
        read = [self.kind.read(value, spot / index) for index, value in enumerate(written)]
        return tuple(value for value in read if value is not None)

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.listed(self.kind.schema())


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def read(self, written: object, spot: Spot) -> bool | None:
        """The value, or None and a mistake noted at the spot."""
        if isinstance(written, bool):
            return written
        spot.wrong(f"{shown(written)} is neither true nor false")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Choice(Generic[Word]):
    """One of a few words."""

    words: tuple[Word, ...]

    def read(self, written: object, spot: Spot) -> Word | None:
        """The value, or None and a mistake noted at the spot."""
        for word in self.words:
            # What is no text may not be comparable: an array has no one answer.
            if isinstance(written, str) and word == written:
                return word
        if len(self.words) == 1:
            spot.wrong(f"{shown(written)} is not {self.words[0]!r}, the only choice")
            return None
        hint = did_you_mean(written, self.words) if isinstance(written, str) else ""
        spot.wrong(f"{shown(written)} is none of {', '.join(map(repr, self.words))}{hint}")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Share:
    """A percentage above 0% and up to 100%."""

    def read(self, written: object, spot: Spot) -> Fraction | None:
        """The value, or None and a mistake noted at the spot."""
        try:
            share = parse_percentage(written)
        except QuantityError as error:
            spot.wrong(str(error))
            return None
        if 0 < share <= 1:
            return share
        spot.wrong(f"{shown(written)} is no share of a limit: write more than '0%' and at most '100%'")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.text(rf"\s*{schemas.PERCENTAGE}\s*")


@dataclass(frozen=True, slots=True)
class Bytes:
    """A number of bytes."""

    def read(self, written: object, spot: Spot) -> int | None:
        """The value in bytes, or None and a mistake noted at the spot."""
        try:
            quantity = parse_quantity(written, "B")
        except QuantityError as error:
            spot.wrong(str(error))
            return None
        if quantity.relation == "<=":
            return quantity.value
        spot.wrong(f"{shown(written)} is no number of bytes: leave the '=' out")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.number_or(schemas.quantity("B"))


@dataclass(frozen=True, slots=True)
class Skip:
    """True, or the reason as text; false runs the case, and reads as an empty text."""

    def read(self, written: object, spot: Spot) -> str | None:
        """The value, or None and a mistake noted at the spot."""
        if isinstance(written, bool):
            return "skip = true" if written else ""
        if isinstance(written, str) and written.strip():
            return written
        spot.wrong(f"{shown(written)} is no reason: write true, or why it is skipped")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return {"type": ["boolean", "string"], "pattern": r"\S"}


@dataclass(frozen=True, slots=True)
class Tables:
    """A table, or tables with names: read further by who asks.

    Args:
        example: The header of one.
        where: Which of our tables it is.
        many: Whether there are many, each with a name.
    """

    example: str
    where: str
    many: bool = True

    def read(self, written: object, spot: Spot) -> Mapping[str, object] | None:
        """The value, or None and a mistake noted at the spot."""
        if isinstance(written, dict):
            return written
        spot.wrong(f"{shown(written)} stands where a table was expected, as in [{self.example}]")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        one: Schema = {"$ref": f"#/definitions/{self.where}"}
        return schemas.table_of(one, names=rf"({_NAME.pattern}|.*\{{.*)") if self.many else one
