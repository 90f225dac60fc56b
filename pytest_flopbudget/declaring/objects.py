"""Values of a factory's arguments that TOML cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ObjectReference:
    """``{ object = "module:name" }``: the object itself."""

    path: str


@dataclass(frozen=True, slots=True)
class FactoryCall:
    """``{ factory = "module:name", args = [...], kwargs = {...} }``: what the factory returns."""

    path: str
    args: tuple[object, ...] = ()
    kwargs: Mapping[str, object] = field(default_factory=dict)
