"""Tables that were meant for us and bear another name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from pytest_flopbudget.declaring.keys import TABLE
from pytest_flopbudget.declaring.spots import Notebook, Spot

_SEPARATORS = re.compile(r"[-_. ]+")
_FOLDED = ("pytestflopbudget", "flopbudget")
_ALIKE = 0.9


def note_other_names(data: Mapping[str, object], notebook: Notebook) -> None:
    """Note ``[tool.flopbudget]``, ``[tool.pytest_flopbudget]``, ``[pytest-flopbudget]`` and misspellings."""
    for path in _candidates(data):
        if path != ("tool", TABLE) and _is_alike(path[-1]):
            Spot(notebook, path=path).wrong(f"unknown table; did you mean [tool.{TABLE}]?")


def _candidates(data: Mapping[str, object]) -> Iterator[tuple[str, ...]]:
    yield from ((name,) for name, value in data.items() if isinstance(value, dict))
    tools = data.get("tool")
    if isinstance(tools, dict):
        yield from (("tool", name) for name in tools)


def _is_alike(name: str) -> bool:
    folded = _SEPARATORS.sub("", name.lower())
    return any(SequenceMatcher(None, folded, ours).ratio() >= _ALIKE for ours in _FOLDED)
