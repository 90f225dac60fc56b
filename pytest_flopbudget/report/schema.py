"""JSON Schemas of what is printed for programs, made from the types that write it: the two cannot drift apart."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from typing import Literal, TypeAlias, Union, get_args, get_origin, get_type_hints, is_typeddict

from pytest_flopbudget.report.json_report import Report

Schema: TypeAlias = Mapping[str, object]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NAMES: Mapping[object, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    types.NoneType: "null",
}


def report_schema() -> str:
    """The JSON Schema of the report, as it is published."""
    return published(Report, "A report of pytest-flopbudget")


def published(kind: type, title: str) -> str:
    """The JSON Schema of a record, as it is published."""
    found: dict[str, Schema] = {}
    root = schema_of(kind, found)
    schema = {
        "$schema": _DIALECT,
        "title": title,
        **root,
        "$defs": dict(sorted(found.items())),
    }
    return json.dumps(schema, indent=1) + "\n"


def schema_of(hint: object, found: dict[str, Schema]) -> Schema:
    """The schema of a type; those of the records in it are added to what was found.

    A further key is allowed anywhere: keys are added without a new version.
    """
    if isinstance(hint, type) and is_typeddict(hint):
        return _record(hint, found)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": schema_of(arguments[0], found)}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(arguments[1], found)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(each, found) for each in arguments]}
    # What a declaration may have as a value is anything.
    return {} if hint is object else {"type": _NAMES[hint]}


def _record(kind: type, found: dict[str, Schema]) -> Schema:
    if kind.__name__ not in found:
        properties = {name: schema_of(each, found) for name, each in get_type_hints(kind).items()}
        found[kind.__name__] = {
            "type": "object",
            "description": " ".join((kind.__doc__ or "").split()),
            "properties": properties,
            "required": list(properties),
        }
    return {"$ref": f"#/$defs/{kind.__name__}"}
