"""The mark ``flop_budget``: what the marks of a test ask for, the nearest first."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.asked import Asked, read_asked
from pytest_flopbudget.errors import AskedError, Place, shown
from pytest_flopbudget.plugin.tables import Tables

NAME = "flop_budget"

_PYTESTMARK = re.compile(r"^pytestmark\b", re.MULTILINE)


def asked_by_marks(item: pytest.Item, tables: Tables) -> list[Asked]:
    """What each mark of a test asks for: of its parameters, its function, its class, its module.

    Raises:
        AskedError: With every mistake in any of them, each a line.
    """
    read = [_read(mark, _place(node, item, tables)) for node, mark in _nearest_first(item)]
    mistakes = [str(each) for each in read if isinstance(each, AskedError)]
    if mistakes:
        raise AskedError("\n".join(mistakes))
    return [each for each in read if isinstance(each, Asked)]


def binding_mark(item: pytest.Item, tables: Tables) -> Place | None:
    """Where the nearest mark stands that obliges a test to measure; None where none does.

    A test's own mark does, and that of its parameters. One of its class or module is a default for the tests there that
    take the fixture, be it through another.
    """
    takes = NAME in getattr(item, "fixturenames", ())
    binding = (node for node, _ in _nearest_first(item) if takes or node is item)
    return next((_place(node, item, tables) for node in binding), None)


def line_of(item: pytest.Item) -> int:
    """The line of a test, counted from 1."""
    return (item.reportinfo()[1] or 0) + 1


def _read(mark: pytest.Mark, place: Place) -> Asked | AskedError:
    if mark.args:
        return AskedError(f"{place}: {NAME}: {shown(mark.args[0])}: a limit has a name, as in macs='4.2 G'")
    try:
        return read_asked(mark.kwargs, place, NAME)
    except AskedError as error:
        return error


def _nearest_first(item: pytest.Item) -> Sequence[tuple[object, pytest.Mark]]:
    """The marks and the nodes that they stand on; pytest has those of a parameter set behind the function's."""
    found = list(item.iter_markers_with_node(NAME))
    nodes: list[object] = list(dict.fromkeys(node for node, _ in found))
    of_parameters = getattr(getattr(item, "callspec", None), "marks", ())

    def distance(each: tuple[object, pytest.Mark]) -> tuple[int, int]:
        node, mark = each
        return nodes.index(node), _distance(node, mark, of_parameters)

    return sorted(found, key=distance)


def _distance(node: object, mark: pytest.Mark, of_parameters: Sequence[object]) -> int:
    """How far a mark is among those of one node: a parameter set's own first, a base class's last."""
    if isinstance(node, pytest.Class):
        classes = inspect.getmro(node.obj)
        of_classes = (_listed(vars(each).get("pytestmark", [])) for each in classes)
        return next((number for number, marks in enumerate(of_classes) if _is_among(mark, marks)), len(classes))
    return 0 if _is_among(mark, of_parameters) else 1


def _is_among(mark: pytest.Mark, marks: Sequence[object]) -> bool:
    return any(getattr(each, "mark", each) is mark for each in marks)


def _listed(marks: object) -> list[object]:
    return marks if isinstance(marks, list) else [marks]


def _place(node: object, item: pytest.Item, tables: Tables) -> Place:
    """Where a mark stands, as far as that can be told: its function, its class, or its module's ``pytestmark``."""
    line = None
    if isinstance(node, pytest.Class):
        line = _line_of(node.obj)
    elif isinstance(node, pytest.Module):
        line = _line_of_pytestmark(node.path)
    if line is None or not isinstance(node, pytest.Collector):
        return Place(tables.called(item.path), line_of(item))
    return Place(tables.called(node.path), line)


def _line_of(thing: type) -> int | None:
    try:
        return inspect.getsourcelines(thing)[1]
    except (OSError, TypeError):
        return None


def _line_of_pytestmark(path: Path) -> int | None:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    found = _PYTESTMARK.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else None
