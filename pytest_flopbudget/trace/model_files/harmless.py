"""What a ``.pt2`` may hold that torch would run while it loads it: each is refused before torch sees the file."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.model_files.archives import OLDER_GRAPH, called

# What torch would unpickle whatever it asks for, objects of C++ and of Python; and libraries that it would open.
# It finds a name whatever its case.
_OBJECTS = re.compile(r"(?:.*/)?constants/(?:custom_obj|opaque)", re.IGNORECASE)
_LIBRARIES = re.compile(r"(?:.*/)?data/aotinductor/", re.IGNORECASE)
_GRAPHS = re.compile(rf"[^/]*/models/.*|{re.escape(OLDER_GRAPH)}", re.DOTALL)
# Sizes are sums, products and quotients of symbols; sympy reads any call of Python's, so only its own go through.
_HARMLESS = re.compile(r"(?:[\w\s+\-*/%(),<>=&|~!]|'\w*')*", re.ASCII)
_CALL = re.compile(r"(\w*)\s*\(", re.ASCII)
_CALL_OF_RESULT = re.compile(r"[)']\s*\(")
_CALLED = re.compile(r"|[A-Z]\w*|and|or|not|floor|ceiling|log|sqrt|max|min", re.ASCII)
# Keys of containers whose modules torch would import by the names beside them.
_IMPORTED = frozenset({"__enum__", "default_factory_module"})


def refuse_what_runs(name: str, path: Path) -> None:
    """Refuse an archive that holds pickled objects, libraries, or graphs in which a text is code.

    Args:
        name: The file as it is declared.
        path: Where that is.

    Raises:
        MeasureError: It holds one, or two files of one name, of which torch might read the other.
        ValueError: A graph is no JSON.
    """
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if any(map(_OBJECTS.match, names)):
            raise MeasureError(
                f"{called(name)} holds an object that is pickled, which may run any code: it is not loaded"
            )
        if any(map(_LIBRARIES.match, names)):
            raise MeasureError(f"{called(name)} holds a compiled library, which may run any code: it is not loaded")
        if len({each.casefold() for each in names}) < len(names):
            raise MeasureError(f"{called(name)} holds two files of one name: torch writes no such archive")
        for entry in entries:
            if _GRAPHS.fullmatch(entry.filename):
                _refuse_code(name, archive.read(entry).decode())


def _refuse_code(name: str, text: str) -> None:
    def look(pairs: list[tuple[str, object]]) -> None:
        for key, value in pairs:
            if key == "expr_str":
                _refuse_size(name, value)
            if key in _IMPORTED and value != "builtins":
                raise MeasureError(f"{called(name)} names a module of Python to import: it is not loaded")
            if isinstance(value, str) and "{" in value:
                _look_inside(value)

    def _look_inside(value: str) -> None:
        # The containers of inputs and outputs are JSON in texts of JSON.
        try:
            json.loads(value, object_pairs_hook=look)
        except json.JSONDecodeError:
            return

    json.loads(text, object_pairs_hook=look)


def _refuse_size(name: str, said: object) -> None:
    """Refuse a size that is more than sums and products: torch hands it to sympy, which evaluates Python."""
    text = said if isinstance(said, str) else json.dumps(said, default=str)
    harmless = isinstance(said, str) and _HARMLESS.fullmatch(text) and "__" not in text
    if not harmless or _CALL_OF_RESULT.search(text) or not all(map(_CALLED.fullmatch, _CALL.findall(text))):
        raise MeasureError(f"{called(name)} has a size that is no sum or product: {text[:80]!r}")
