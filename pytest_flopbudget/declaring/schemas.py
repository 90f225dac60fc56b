"""How a kind of value says as JSON Schema what it takes: draft 7, and patterns that any engine knows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from pytest_flopbudget.quantities.units import UNITS

Schema: TypeAlias = Mapping[str, object]

_PART = r"(\*\*|\*|\*?[^.\s*]+(\*[^.\s*]+)*\*?)"
MODULES = rf"{_PART}(\.{_PART})*"
_DIMENSION = "[A-Z][A-Z_]*"
_NUMBER = r"[+]?[0-9]+(_[0-9]+)*(\.[0-9]+(_[0-9]+)*)?([eE][+-]?[0-9]+)?"
PERCENTAGE = rf"{_NUMBER}\s*%"
PRODUCT = rf"{_DIMENSION}(\s*\*\s*{_DIMENSION})*"

INPUT: Schema = {"$ref": "#/definitions/input"}
ARGUMENT: Schema = {"$ref": "#/definitions/argument"}
POINTS: Schema = {"$ref": "#/definitions/points"}
SWEEP: Schema = {"$ref": "#/definitions/sweep"}


def text(*patterns: str) -> Schema:
    """A text that is one of the patterns as a whole; without any, one that says something."""
    return {"type": "string", "pattern": whole(*patterns) if patterns else r"\S"}


def whole(*patterns: str) -> str:
    """One pattern for a text that is one of several, from its beginning to its end."""
    return f"^{patterns[0]}$" if len(patterns) == 1 else f"^({'|'.join(patterns)})$"


def listed(items: Schema) -> Schema:
    """A list of values that are alike."""
    return {"type": "array", "items": items}


def whole_number(least: int, most: int | None = None) -> Schema:
    """A whole number from the least up, or up to the most."""
    return {"type": "integer", "minimum": least} | ({} if most is None else {"maximum": most})


def number_or(*patterns: str, least: int = 0) -> Schema:
    """A whole number, or a text that is one of the patterns, blanks around it or not."""
    return {"type": ["integer", "string"], "minimum": least, "pattern": whole(rf"\s*({'|'.join(patterns)})\s*")}


def table_of(values: Schema, *, names: str = "", fewest: int = 0) -> Schema:
    """A table whose values are alike.

    Args:
        values: The schema of each value.
        names: What each name must match as a whole; any name where empty.
        fewest: How many values it has at least.
    """
    schema: dict[str, object] = {"type": "object", "additionalProperties": values}
    if names:
        schema["propertyNames"] = {"pattern": whole(names)}
    if fewest:
        schema["minProperties"] = fewest
    return schema


def table_with(properties: Mapping[str, Schema], *, fewest: int = 0, needed: Sequence[str] = ()) -> Schema:
    """A table of known keys, and no others."""
    schema: dict[str, object] = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    if fewest:
        schema["minProperties"] = fewest
    if needed:
        schema["required"] = list(needed)
    return schema


def quantity(unit: str) -> str:
    """The pattern of a number of a unit."""
    form = UNITS[unit]
    if unit == "B":
        suffix = r"([kMGTP]|[KMGTP]i)?\s*B"
    else:
        words = "|".join((*form.spellings, *form.other_spellings))
        scaled = rf"({'|'.join(prefix for prefix in form.prefixes if prefix)})?"
        suffix = rf"{scaled}\s*({words})" + ("" if form.needs_unit else "?")
    return rf"{_NUMBER}\s*{suffix}"


def any_case(text: str) -> str:
    """The pattern of a suffix such as ``.json``, in capitals or not."""
    return "".join(f"[{each}{each.upper()}]" if each.isalpha() else re.escape(each) for each in text)
