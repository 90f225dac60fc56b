"""What every operator costs, as a page of Markdown: the published table, from the formulas' own docstrings."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Mapping

from pytest_flopbudget.counting.formulas import elements
from pytest_flopbudget.counting.marking import Formula, FormulaTable, Free

_TITLE = "# What every operator costs"
_HEAD = """\
MACs and other FLOPs by operator. `total_flops` is two for each MAC, and the others. The page is made from the formulas'
docstrings by `make docs`. `aten::` is left out before a name. A composite operator that is not listed is taken apart
into those that are; one that has no pieces and is not listed is uncounted, and fails the case that runs it."""
# Families refer to it by its file.
_CONVENTION = "## The convention (`elements.py`)"
_CODE = re.compile(r"(?::\w+:)?(`+)(.+?)\1")
_SPECIAL = re.compile(r"([\\*_|<>])")


def operators_page(table: FormulaTable) -> str:
    """The page for a table of formulas: a section a family, then the free operators by their reasons."""
    convention = _documented(elements).partition("\n\n")[2]
    sections = [_TITLE, _HEAD, _CONVENTION, _prose(convention), *_families(table.formulas), *_free(table.free)]
    return "\n\n".join(sections) + "\n"


def _families(formulas: Mapping[str, Formula]) -> list[str]:
    """A heading, what a family's file says of it, and a row for each of its functions."""
    families: dict[str, dict[int, list[Formula]]] = {}
    for formula in formulas.values():
        functions = families.setdefault(formula.function.__module__, {})
        functions.setdefault(id(formula.function), []).append(formula)
    sections = []
    for name, functions in sorted(families.items(), key=lambda family: _is_backward(family[0])):
        rows = [
            _row(each.operator for each in marks) + f" | {_cell(_documented(marks[0].function))} |"
            for marks in functions.values()
        ]
        sections += [_heading(name), _prose(_documented(sys.modules[name])), _table("costs", rows)]
    return sections


def _free(free: Mapping[str, Free]) -> list[str]:
    """The free operators, those of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for operator, mark in free.items():
        by_reason.setdefault(mark.reason, []).append(operator)
    rows = [f"{_row(operators)} | {_text(reason)} |" for reason, operators in by_reason.items()]
    return ["## Free operators", "They compute nothing.", _table("why", rows)]


def _heading(module: str) -> str:
    title = module.rpartition(".")[2].replace("_", " ")
    return f"## Backward: {title}" if _is_backward(module) else f"## {title.capitalize()}"


def _is_backward(module: str) -> bool:
    return module.split(".")[-2:-1] == ["backward"]


def _table(column: str, rows: Iterable[str]) -> str:
    return "\n".join((f"| operators | {column} |", "|---|---|", *rows))


def _row(operators: Iterable[str]) -> str:
    return "| " + " ".join(f"`{operator.removeprefix('aten::')}`" for operator in operators)


def _cell(text: str) -> str:
    return "<br>".join(_text(" ".join(paragraph.split())) for paragraph in text.split("\n\n"))


def _prose(text: str) -> str:
    return "\n\n".join(_text(" ".join(paragraph.split())) for paragraph in text.split("\n\n"))


def _text(text: str) -> str:
    """Text in which nothing but code means anything to Markdown."""
    pieces = []
    end = 0
    for code in _CODE.finditer(text):
        pieces += [_SPECIAL.sub(r"\\\1", text[end : code.start()]), f"`{code[2]}`"]
        end = code.end()
    return "".join((*pieces, _SPECIAL.sub(r"\\\1", text[end:])))


def _documented(thing: object) -> str:
    return inspect.getdoc(thing) or ""
