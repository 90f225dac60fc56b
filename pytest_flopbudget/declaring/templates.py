"""Templates: one table that stands for many models, ``{arch}`` replaced in each of its texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from pytest_flopbudget.declaring import schemas
from pytest_flopbudget.declaring.schemas import Schema
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import did_you_mean, shown

Values = Mapping[str, object]

_KEY = re.compile(r"[a-z][a-z0-9_]*")
# In both, the second group is the key; without it the match is the way to write the text itself.
_ALONE = re.compile(rf"\$(\${_KEY.pattern})|\$({_KEY.pattern})")
_INSIDE = re.compile(rf"\{{(\{{{_KEY.pattern}\}})\}}|\{{({_KEY.pattern})\}}")
_EXAMPLE = "write each = { arch = ['tiny', 'small'] }, or a list of tables, each = [{ arch = 'tiny', size = 192 }]"


@dataclass(frozen=True, slots=True)
class Each:
    """The values of a template: lists that are multiplied out, the last fastest, or a list of tables."""

    def read(self, written: object, spot: Spot) -> tuple[Values, ...] | None:
        """The values of each model, or None and a mistake noted at the spot."""
        if not isinstance(written, (dict, list)) or not written:
            what = "it is empty" if written in ({}, []) else f"{shown(written)} is no template"
            spot.wrong(f"{what}: {_EXAMPLE}")
            return None
        return _read_grid(written, spot) if isinstance(written, dict) else _read_tables(written, spot)

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        grid = schemas.table_of({"type": "array", "minItems": 1}, names=_KEY.pattern, fewest=1)
        table = schemas.table_of({}, names=_KEY.pattern, fewest=1)
        return {"anyOf": [grid, {**schemas.listed(table), "minItems": 1}]}


def keys_in(name: str) -> tuple[str, ...]:
    """The template's keys that a model's name mentions."""
    return tuple(match[2] for match in _INSIDE.finditer(name) if match[2])


@dataclass(slots=True)
class Filler:
    """Replaces the keys of a template by the values that they have for one model.

    ``"$size"`` is the value itself, ``"{size}"`` its text inside another; ``"$$size"`` and ``"{{size}}"`` are the
    texts ``"$size"`` and ``"{size}"``. What cannot be replaced is noted at its spot, and the filler is not sound.
    """

    values: Values
    sound: bool = True

    def fill(self, value: object, spot: Spot) -> object:
        """A value of the template for this model."""
        if isinstance(value, str):
            match = _ALONE.fullmatch(value)
            if match is None:
                return self.fill_text(value, spot)
            return match[1] or self._value(match[2], f"$${match[2]}", spot)
        if isinstance(value, list):
            return [self.fill(below, spot / index) for index, below in enumerate(value)]
        if isinstance(value, dict):
            return self.fill_table(value, spot)
        return value

    def fill_table(self, table: Mapping[str, object], spot: Spot) -> dict[str, object]:
        """A table for this model, its own keys filled too."""
        filled: dict[str, object] = {}
        for key, value in table.items():
            name = self.fill_text(key, spot)
            if name in filled:
                self._wrong(spot, f"two keys are both {name!r}")
            filled[name] = self.fill(value, spot / key)
        return filled

    def fill_text(self, text: str, spot: Spot) -> str:
        """A text with the values inside it."""
        return _INSIDE.sub(lambda match: match[1] or self._text(match[2], spot), text)

    def _text(self, key: str, spot: Spot) -> str:
        value = self._value(key, f"{{{{{key}}}}}", spot)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return str(value)
        self._wrong(spot, f"{key!r} is {shown(value)}, and cannot stand inside a text: alone it is written '${key}'")
        return ""

    def _value(self, key: str, itself: str, spot: Spot) -> object:
        if key in self.values:
            return self.values[key]
        hint = did_you_mean(key, self.values) or f"; the text itself is written {itself!r}"
        self._wrong(spot, f"each has no {key!r}{hint}")
        return ""

    def _wrong(self, spot: Spot, text: str) -> None:
        self.sound = False
        spot.wrong(text)


def _read_grid(written: Mapping[str, object], spot: Spot) -> tuple[Values, ...] | None:
    lists: dict[str, list[object]] = {}
    for name, values in written.items():
        if not _is_key(name, spot):
            continue
        if isinstance(values, list) and values:
            lists[name] = values
        elif isinstance(values, list):
            (spot / name).wrong(f"the list is empty: write {name} = ['tiny', 'small']")
        else:
            hint = f": write {name} = [{shown(values)}]" if isinstance(values, (str, int, float)) else ""
            (spot / name).wrong(f"{shown(values)} is no list of values{hint}")
    if len(lists) < len(written):
        return None
    return tuple(dict(zip(lists, values, strict=True)) for values in product(*lists.values()))


def _read_tables(written: list[object], spot: Spot) -> tuple[Values, ...] | None:
    tables: list[Values] = []
    first: Values | None = None
    for index, table in enumerate(written):
        if not isinstance(table, dict) or not table:
            (spot / index).wrong(f"{shown(table)} gives no values: write a table, {{ arch = 'tiny', size = 192 }}")
            continue
        first = first or table
        known = [_is_key(name, spot / index) for name in table]
        for name in first:
            if name not in table:
                (spot / index).wrong(f"no value for {name!r}, which the first has")
        for name in table:
            if name not in first:
                (spot / index / name).wrong(f"the first has no {name!r}{did_you_mean(name, first)}")
        if all(known) and table.keys() == first.keys():
            tables.append(table)
    return tuple(tables) if len(tables) == len(written) else None


def _is_key(name: str, spot: Spot) -> bool:
    if _KEY.fullmatch(name):
        return True
    hint = f"; did you mean {name.lower()!r}?" if _KEY.fullmatch(name.lower()) else ""
    (spot / name).wrong(f"{shown(name)} is no key of a template: write it in small letters, as in 'arch'{hint}")
    return False
