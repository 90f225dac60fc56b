"""The page of the Python API, from the docstrings of the public names."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from textwrap import indent

import pytest_flopbudget

DOCS = Path(__file__).parents[1]

_HEAD = """\
# Python

Every public name of `pytest_flopbudget`, from its docstring (`make docs`). Names that begin with an underscore, and
modules below the package, are no interface. How they are used stands in [Budgets in tests](tests.md),
[What is counted](counting.md#counting-in-python) and [A formula of your own](operators-of-your-own.md).
"""
_GROUPS = {
    "Counting and judging": ("count", "check", "value"),
    "In tests": ("FlopBudget", "CountFlops", "FlopCase"),
    "Formulas": ("formula", "module_formula", "free", "Cost", "TensorSpec", "OperatorCall"),
    "What they return": ("Measurement", "Verdict", "Limit", "Comparison"),
    "Errors and warnings": ("FlopBudgetError", "FlopBudgetExceeded", "FlopBudgetWarning"),
}
_WIDE = 80
_LISTED = ("Args", "Raises")
_ROLE = re.compile(r"(?::\w+:)?(`+)~?(.+?)\1")
_SECTION = re.compile(r"^(Args|Returns|Raises|Yields|Example|Examples):$")
_ITEM = re.compile(r"^(\*{0,2}[\w., ]+?): (.*)$")


def api_page() -> str:
    """The page: a section for each public name, those that belong together behind each other."""
    grouped = [name for names in _GROUPS.values() for name in names]
    rest = tuple(name for name in pytest_flopbudget.__all__ if name not in grouped)
    pieces = [_HEAD]
    for title, names in {**_GROUPS, **({"Further": rest} if rest else {})}.items():
        pieces += [f"## {title}\n", *(_section(name) for name in names)]
    return "\n".join(pieces)


def _section(name: str) -> str:
    thing = getattr(pytest_flopbudget, name)
    lines = [f"### `{name}`\n", _documented(name, thing)]
    lines += [_documented(f"{name}.{own}", member) for own, member in _members(thing)]
    return "\n".join(lines)


def _members(thing: object) -> Iterator[tuple[str, object]]:
    """The public methods and properties of a class, and how it is called where that is its use."""
    if not inspect.isclass(thing):
        return
    data = {field.name for field in fields(thing)} if is_dataclass(thing) else set()
    for name, member in vars(thing).items():
        if (not name.startswith("_") or name == "__call__") and name not in data and inspect.getdoc(member):
            yield name, member


def _documented(name: str, thing: object) -> str:
    """How a name is called, and its docstring."""
    member = thing.__func__ if isinstance(thing, (classmethod, staticmethod)) else thing
    shown = _signature(member)
    plain = name.removesuffix(".__call__")
    called = indent(f"{plain}{shown}", "    ") + "\n\n" if shown else ""
    # The name in front ends a list, of whose last item Markdown takes what is indented for a part.
    called = f"**`{name}`**\n\n{called}" if "." in plain else called
    return f"{called}{_prose(inspect.getdoc(member) or '')}\n"


def _signature(thing: object) -> str:
    """The parameters as the source writes them, one a line where they are many; empty for what nobody calls."""
    if inspect.isclass(thing) and not _is_open(thing):
        return ""
    if not callable(thing):
        return ""
    signature = inspect.signature(thing)
    written = [_parameter(each) for name, each in signature.parameters.items() if name not in ("self", "cls")]
    stars = [each.kind for name, each in signature.parameters.items() if name not in ("self", "cls")]
    if inspect.Parameter.KEYWORD_ONLY in stars and inspect.Parameter.VAR_POSITIONAL not in stars:
        written.insert(stars.index(inspect.Parameter.KEYWORD_ONLY), "*")
    returns = signature.return_annotation
    result = "" if returns in (None, "None", signature.empty) else f" -> {returns}"
    line = f"({', '.join(written)}){result}"
    return line if len(line) <= _WIDE else "(\n" + "".join(f"    {each},\n" for each in written) + f"){result}"


def _is_open(kind: type) -> bool:
    """Whether a class is there to be made by hand: a record that keeps nothing to itself."""
    return is_dataclass(kind) and not any(field.name.startswith("_") for field in fields(kind))


def _parameter(parameter: inspect.Parameter) -> str:
    star = (
        "**" if parameter.kind is parameter.VAR_KEYWORD else "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
    )
    given = parameter.default
    if given is inspect.Parameter.empty:
        default = ""
    elif given is None or isinstance(given, (str, int, tuple)):
        default = f" = {json.dumps(given)}" if isinstance(given, str) else f" = {given!r}"
    else:
        default = " = …"
    return f"{star}{parameter.name}: {parameter.annotation}{default}"


def _prose(text: str) -> str:
    """A docstring as Markdown: what is given, returned and raised as lists."""
    lines: list[str] = []
    section = ""
    for line in text.splitlines():
        head = _SECTION.match(line)
        item = _ITEM.match(line[4:]) if section in _LISTED and line.startswith("    ") else None
        if head:
            section = head[1]
            lines += [f"**{head[1]}**", ""]
        elif item:
            lines.append(f"- `{item[1]}`: {item[2]}")
        elif section and line.startswith("    "):
            lines.append(f"  {line.strip()}" if section in _LISTED else line.strip())
        else:
            section = section if not line.strip() else ""
            lines.append(line)
    return _ROLE.sub(r"`\2`", "\n".join(lines))
