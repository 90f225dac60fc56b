"""The kinds of value that say which model is measured: its factory, what that is given, a part, a method, steps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_flopbudget.declaring import schemas, values
from pytest_flopbudget.declaring.kinds import Text
from pytest_flopbudget.declaring.model_files import GRAPH, PROGRAM, SCRIPT, is_model_file
from pytest_flopbudget.declaring.schemas import Schema
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import shown

_NAMES = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
# A module's name is any text without a dot; those in a list are numbers.
_SUBMODULE = re.compile(r"[^.\s]+(?:\.[^.\s]+)*")


@dataclass(frozen=True, slots=True)
class Factory:
    """``"module:callable"``.

    Args:
        noun: What it is called in a mistake.
        example: How one is written.
    """

    noun: str = "factory"
    example: str = "shop.models:resnet50"

    def read(self, written: object, spot: Spot) -> str | None:
        """The value, or None and a mistake noted at the spot."""
        return values.read_path(written, self.noun, spot, self.example)

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.text(values.PATH.pattern)


@dataclass(frozen=True, slots=True)
class Model:
    """What makes the model: ``"module:callable"``, or the path of a file that holds it."""

    def read(self, written: object, spot: Spot) -> str | None:
        """The value, or None and a mistake noted at the spot."""
        return written if isinstance(written, str) and is_model_file(written) else Factory().read(written, spot)

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        files = "|".join(schemas.any_case(ending) for ending in (PROGRAM, SCRIPT, GRAPH))
        return schemas.text(values.PATH.pattern, rf"(.*[^/\\])({files})")


@dataclass(frozen=True, slots=True)
class Functions:
    """``"module:function"``, or a list of them."""

    def read(self, written: object, spot: Spot) -> tuple[str, ...] | None:
        """The functions that could be read, each once; mistakes are noted."""
        several = written if isinstance(written, list) else [written]
        spots = [spot / index for index in range(len(several))] if isinstance(written, list) else [spot]
        kind = Factory("function", "shop.budgets:cases")
        read = [kind.read(each, at) for each, at in zip(several, spots, strict=True)]
        return tuple(dict.fromkeys(each for each in read if each is not None))

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        one = Factory().schema()
        return {"anyOf": [one, schemas.listed(one)]}


@dataclass(frozen=True, slots=True)
class Arguments:
    """Positional arguments of a factory."""

    def read(self, written: object, spot: Spot) -> tuple[object, ...] | None:
        """The value, or None and a mistake noted at the spot."""
        return values.read_args(written, spot)

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.listed(schemas.ARGUMENT)


@dataclass(frozen=True, slots=True)
class NamedArguments:
    """Keyword arguments of a factory."""

    def read(self, written: object, spot: Spot) -> Mapping[str, object] | None:
        """The value, or None and a mistake noted at the spot."""
        return values.read_kwargs(written, spot)

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.table_of(schemas.ARGUMENT)


@dataclass(frozen=True, slots=True)
class Method:
    """The name of a method of the model; dotted for one of a submodule."""

    def read(self, written: object, spot: Spot) -> str | None:
        """The value, or None and a mistake noted at the spot."""
        name = Text().read(written, spot)
        if name is None or _NAMES.fullmatch(name):
            return name
        spot.wrong(f"{shown(name)} is no method: write its name, as in 'encode_image'")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.text(_NAMES.pattern)


@dataclass(frozen=True, slots=True)
class Part:
    """The dotted path of a submodule."""

    def read(self, written: object, spot: Spot) -> str | None:
        """The value, or None and a mistake noted at the spot."""
        path = Text().read(written, spot)
        if path is None or _SUBMODULE.fullmatch(path):
            return path
        spot.wrong(f"{shown(path)} is no submodule: write its dotted path, as in 'encoder.layers.0'")
        return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return schemas.text(_SUBMODULE.pattern)


@dataclass(frozen=True, slots=True)
class Steps:
    """What is done to a model once it is built: ``".method"`` or ``"module:callable"``, one or a list of them."""

    def read(self, written: object, spot: Spot) -> tuple[str, ...] | None:
        """The steps that could be read, or None where it is neither; mistakes are noted."""
        if isinstance(written, str):
            step = _read_step(written, spot)
            return None if step is None else (step,)
        if not isinstance(written, list):
            spot.wrong(f"{shown(written)} is no list of steps: write ['.fuse', 'shop.models:fold']")
            return None
        read = [_read_step(step, spot / index) for index, step in enumerate(written)]
        return tuple(step for step in read if step is not None)

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        step = schemas.text(r"\.[^\W\d]\w*", values.PATH.pattern)
        return {"anyOf": [step, schemas.listed(step)]}


def _read_step(written: object, spot: Spot) -> str | None:
    if isinstance(written, str) and written.startswith(".") and written[1:].isidentifier():
        return written
    if isinstance(written, str) and written.isidentifier():
        spot.wrong(f"{shown(written)} is no step; did you mean '.{written}'?")
        return None
    return values.read_path(written, "step", spot, "shop.models:fold", "'.method' or 'module:callable'")
