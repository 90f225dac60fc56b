"""Values of a declaration as TOML writes them, on one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from pytest_flopbudget.declaring.inputs import InputNode, Inputs, TensorInput
from pytest_flopbudget.declaring.objects import FactoryCall, ObjectReference
from pytest_flopbudget.declaring.showing import tensor_text
from pytest_flopbudget.declaring.spots import bare_or_quoted


def toml_text(value: object) -> str:
    """A value as TOML: of what TOML cannot say the way in which ``args`` and ``kwargs`` write it."""
    if value is None:
        return "{ none = true }"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, ObjectReference):
        return _table({"object": value.path})
    if isinstance(value, FactoryCall):
        parts = {"factory": value.path, "args": list(value.args), "kwargs": dict(value.kwargs)}
        return _table({name: part for name, part in parts.items() if part})
    if isinstance(value, Mapping):
        return _table(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml_text, value))}]"
    # JSON's escapes are a part of TOML's.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def inputs_value(inputs: Inputs) -> object:
    """Inputs as a table writes them: a text, a list of several, or a table of keyword inputs."""
    if inputs.keyword:
        return {name: _node(node) for name, node in inputs.keyword.items()}
    nodes = [_node(node) for node in inputs.positional]
    return nodes[0] if len(nodes) == 1 and isinstance(nodes[0], str) else nodes


def _node(node: InputNode) -> object:
    if isinstance(node, TensorInput):
        return tensor_text(node)
    if isinstance(node, tuple):
        return [_node(below) for below in node]
    return {name: _node(below) for name, below in node.items()}


def _table(table: Mapping[str, object]) -> str:
    inside = ", ".join(f"{bare_or_quoted(str(name))} = {toml_text(value)}" for name, value in table.items())
    return f"{{ {inside} }}" if inside else "{}"
