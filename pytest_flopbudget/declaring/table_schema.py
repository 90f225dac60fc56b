"""The JSON Schema of the table, made from the keys that read it, so that the two cannot drift apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import get_args

from pytest_flopbudget.declaring import keys, schemas
from pytest_flopbudget.declaring.elements import DTYPES
from pytest_flopbudget.declaring.inputs import DIMENSION, GREATEST_SIZE
from pytest_flopbudget.declaring.keys import KEYS, LIMITS, TABLE, Key, Where, names_in
from pytest_flopbudget.declaring.schemas import Schema
from pytest_flopbudget.declaring.sweeps import RANGE
from pytest_flopbudget.declaring.values import PATH

Told = Mapping[tuple[str, str], str]

# A name, under which nothing need be found: what refers to it wants the form of an address.
_ID = f"https://pypi.org/project/{TABLE}/table.schema.json"
# What validate-pyproject asks for.
_DIALECT = "http://json-schema.org/draft-07/schema#"
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "bundle": (keys.ON_TARGET.name, keys.BUNDLED.name),
    "table": (keys.ROWS.name, keys.COLUMNS.name),
}
_FILLED: Schema = {"$ref": "#/definitions/filled"}
_PLACEHOLDER = r"\$[a-z][a-z0-9_]*$|\{[a-z][a-z0-9_]*\}"


def table_schema(told: Told) -> str:
    """The JSON Schema of ``[tool.pytest-flopbudget]``, as it is published.

    Args:
        told: What is said of a key, by the table where it stands and its name.
    """
    tables = {where: _table(where, told) for where in get_args(Where) if where not in ("root", "asked", "model")}
    shared = {key.name: _of_key(key, key.where[0], told) for key in KEYS if _is_shared(key)}
    schema = {
        "$schema": _DIALECT,
        "$id": _ID,
        "title": f"The table of {TABLE}",
        "description": "What PyTorch models may cost: declared models, targets, and the limits that they are held to.",
        **_table("root", told),
        "definitions": {**tables, **_models(told), "shared": {"properties": shared}, **_points(), **_inputs()},
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _table(where: Where, told: Told) -> dict[str, object]:
    """The schema of one of our tables: its keys, what is said of them, and what they take."""
    own = [key for key in KEYS if where in key.where]
    properties = {key.name: _shared(key) if _is_shared(key) else _of_key(key, where, told) for key in own}
    if where == "model":
        by_point = {name: {"anyOf": [one, schemas.table_of(one, fewest=1)]} for name, one in properties.items()}
        properties |= {name: one for name, one in by_point.items() if name in LIMITS}
    schema = dict(schemas.table_with(properties, needed=_NEEDED.get(where, ())))
    if {keys.INPUT.name, keys.INPUT_FACTORY.name} <= properties.keys():
        schema["not"] = {"required": [keys.INPUT.name, keys.INPUT_FACTORY.name]}
    if where == "point":
        schema["patternProperties"] = {schemas.whole(DIMENSION.pattern): schemas.whole_number(1, GREATEST_SIZE)}
        # A key in capitals is a slip, and no dimension.
        schema["propertyNames"] = {"not": {"enum": [name.upper() for name in names_in("point")]}}
    return schema


def _is_shared(key: Key[object]) -> bool:
    """Whether a key stands in several tables."""
    return len(set(key.where) - {"asked"}) > 1


def _shared(key: Key[object]) -> Schema:
    return {"$ref": f"#/definitions/shared/properties/{key.name}"}


def _of_key(key: Key[object], where: Where, told: Told) -> Schema:
    about = {"description": told[where, key.name]} if (where, key.name) in told else {}
    return {**about, **key.kind.schema()}


def _models(told: Told) -> dict[str, Schema]:
    """A model, which is a template where it has ``each``: then any value may mention the template's keys."""
    written = {name: {"$ref": f"#/definitions/written/properties/{name}"} for name in names_in("model")}
    filled = {name: {"anyOf": [one, _FILLED]} for name, one in written.items() if name != keys.EACH.name}
    template = {**schemas.table_with({**written, **filled}), "patternProperties": {_PLACEHOLDER: {}}}
    # A value that mentions a template's key somewhere within.
    inside = {"not": {"additionalProperties": {"not": _FILLED}}}
    named = {"not": {"propertyNames": {"not": {"pattern": _PLACEHOLDER}}}}
    ways = (
        {"type": "string", "pattern": _PLACEHOLDER},
        {"type": "array", "contains": _FILLED},
        {"type": "object", "anyOf": [inside, named]},
    )
    without_each = {"if": {"required": [keys.EACH.name]}, "else": {"$ref": "#/definitions/written"}}
    return {
        # Editors follow a reference and not a condition; the condition comes first, since what it tells is plainer.
        "model": {"allOf": [without_each, {"$ref": "#/definitions/template"}]},
        "written": _table("model", told),
        "template": template,
        "filled": {"anyOf": list(ways)},
    }


def _points() -> dict[str, Schema]:
    """The points of a model: a list of tables or sizes, or a grid; and those that are swept."""
    size = schemas.whole_number(1, GREATEST_SIZE)
    sizes = {**schemas.listed(size), "minItems": 1}
    a_list = {**schemas.listed({"anyOf": [size, {"$ref": "#/definitions/point"}]}), "minItems": 1}
    swept = {"anyOf": [schemas.text(RANGE.pattern), sizes]}
    return {
        "points": {"anyOf": [a_list, schemas.table_of(sizes, names=DIMENSION.pattern, fewest=1)]},
        "sweep": schemas.table_of(swept, names=DIMENSION.pattern),
    }


def _inputs() -> dict[str, Schema]:
    """A model's inputs, and the arguments of its factory: texts and values in lists and tables."""
    size = rf"\s*(0*[1-9][0-9]{{0,18}}|{DIMENSION.pattern})\s*"
    dtype = rf"\s*({'|'.join(DTYPES)})\s*:"
    fill = r"=\s*([+-]?([0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?|inf|nan)|true|false)\s*"
    tensor = schemas.text(rf"({dtype})?{size}(x{size})*({fill})?")
    path = schemas.text(PATH.pattern)
    a_call = schemas.table_with(
        {"factory": path, "args": schemas.listed(schemas.ARGUMENT), "kwargs": schemas.table_of(schemas.ARGUMENT)}
    )
    special = _chosen(
        {"additionalProperties": schemas.ARGUMENT, "not": {"enum": [{"None": True}, {"null": True}]}},
        none=schemas.table_with({"none": {"const": True}}),
        object=schemas.table_with({"object": path}),
        factory=a_call,
    )
    return {
        "input": {"anyOf": [tensor, schemas.listed(schemas.INPUT), schemas.table_of(schemas.INPUT)]},
        "argument": {"items": schemas.ARGUMENT, "if": {"type": "object"}, "then": special},
    }


def _chosen(otherwise: Schema, **by_key: Schema) -> Schema:
    """The schema of the first key that a table has."""
    chosen = otherwise
    for name, schema in reversed(by_key.items()):
        chosen = {"if": {"required": [name]}, "then": schema, "else": chosen}
    return chosen
