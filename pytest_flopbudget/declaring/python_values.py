"""Values of Python as TOML has them: what a table is read from knows no tuples, and no None."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import SupportsIndex

from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import shown

# What goes to a factory may be None, which TOML writes as a table.
_WITH_NONE = ("args", "kwargs", "each")
_NONE = {"none": True}


@dataclass(frozen=True, slots=True)
class Foreign:
    """A value that no table can have; a mistake tells what it is, without an address."""

    value: object

    def __str__(self) -> str:
        if self.value is None:
            return "None"
        kind = "class" if isinstance(self.value, type) else type(self.value).__name__
        path = self.path
        return f"the {kind} {path}" if path else f"an object of {kind}"

    @property
    def path(self) -> str:
        """``"module:name"`` of what has a name in a module; empty for anything else."""
        module, name = (getattr(self.value, each, None) for each in ("__module__", "__qualname__"))
        is_named = isinstance(module, str) and isinstance(name, str) and "<" not in name
        return f"{module}:{name}" if is_named else ""


def table_of(keys: Mapping[str, object], spot: Spot) -> dict[str, object]:
    """The keys of a model as a table has them; what none can have is noted where its kind does not tell it."""
    return {name: _value(value, spot / name, of_factory=name in _WITH_NONE) for name, value in keys.items()}


def _value(value: object, spot: Spot, *, of_factory: bool) -> object:
    """A value, and whether it goes to a factory."""
    if value is None:
        return dict(_NONE) if of_factory else Foreign(None)
    if isinstance(value, Mapping):
        named = _named(value, spot)
        return {name: _value(each, spot / name, of_factory=of_factory or name in _WITH_NONE) for name, each in named}
    if isinstance(value, (list, tuple, range)):
        return [_value(each, spot / index, of_factory=of_factory) for index, each in enumerate(value)]
    if isinstance(value, date) or type(value) in (bool, int):
        return value
    if isinstance(value, str):
        # A member of an enumeration as the text that it is.
        return str.__str__(value)
    if isinstance(value, float):
        return float(value)
    return _whole(value, spot, of_factory=of_factory)


def _whole(value: object, spot: Spot, *, of_factory: bool) -> object:
    """A whole number of any library's making; anything else is foreign to a table."""
    if isinstance(value, SupportsIndex):
        try:
            return operator.index(value)
        except (TypeError, RuntimeError):
            # An array or a tensor that is no single number.
            return _foreign(value, spot, of_factory=of_factory)
    return _foreign(value, spot, of_factory=of_factory)


def _foreign(value: object, spot: Spot, *, of_factory: bool) -> object:
    foreign = Foreign(value)
    if not of_factory:
        return foreign
    # Of what a factory is given every value is taken as it is.
    hint = f": write {{'object': {foreign.path!r}}}" if foreign.path else ": let a function of yours make it"
    spot.wrong(f"{foreign} cannot be declared{hint}")
    return ""


def _named(table: Mapping[object, object], spot: Spot) -> list[tuple[str, object]]:
    for name in table:
        if not isinstance(name, str):
            spot.wrong(f"{shown(name)} is no key: write text")
    return [(str.__str__(name), value) for name, value in table.items() if isinstance(name, str)]
