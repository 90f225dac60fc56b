"""``cases = "module:function"``: functions of the project's own that declare models."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from pytest_flopbudget.declaring.declare import Declaration
from pytest_flopbudget.declaring.keys import MODELS, NAME, PYTHONPATH, REQUIRES
from pytest_flopbudget.declaring.layers import TableReader
from pytest_flopbudget.declaring.lines import Path as Keys
from pytest_flopbudget.declaring.python_values import Foreign, table_of
from pytest_flopbudget.declaring.requirement import is_satisfied
from pytest_flopbudget.declaring.resolving import importable, resolve_callable
from pytest_flopbudget.declaring.spots import Notebook, Part, Spot, called_beside
from pytest_flopbudget.declaring.tracebacks import one_line, places_in
from pytest_flopbudget.errors import MeasureError, shown

_HOW = "return a list of declare(...), or yield them"


@dataclass(frozen=True, slots=True)
class Function:
    """A function that declares models, ``"module:function"``, and the spot where a table names it."""

    path: str
    spot: Spot


def with_declared(
    written: Mapping[str, object], functions: Sequence[Function], path: Path, spot: Spot
) -> Mapping[str, object]:
    """A table with the models that functions declare behind its own: the functions are imported and called.

    Args:
        written: The table.
        functions: Those of it and of what it includes.
        path: The table's file, absolute.
        spot: Where it stands; mistakes are noted there and at the calls of ``declare``.
    """
    models = written.get(MODELS.name, {})
    # What is written for another version is not run.
    if not functions or not isinstance(models, dict) or not _is_for_this_version(written):
        return written
    pythonpath = TableReader(written, "root", spot).read(PYTHONPATH) or ()
    folders = (*(os.path.normpath(path.parent / folder) for folder in pythonpath), str(path.parent))
    found = dict(models)
    for function in functions:
        for number, each in enumerate(_given(function, folders), start=1):
            if isinstance(each, Declaration):
                _add(found, each, path, spot)
            else:
                what = f"no. {number} of what {function.path} gives is {_told(each)}"
                function.spot.wrong(f"{what}, no declare(...)")
    return {**written, MODELS.name: found}


def _is_for_this_version(written: Mapping[str, object]) -> bool:
    unheard = Spot(Notebook("", {}))
    requires = TableReader(written, "root", unheard).read(REQUIRES)
    return requires is None or is_satisfied(requires, unheard)


def _given(function: Function, folders: Sequence[str]) -> list[object]:
    """All that a function gives; whatever its code raises is noted, with the line of the project that raised it."""
    path, spot = function.path, function.spot
    try:
        # The output is the run's, or the command's.
        with importable(folders), redirect_stdout(sys.stderr):
            given = _listed(function, resolve_callable(path, "function")())
    except KeyboardInterrupt:
        raise
    except MeasureError as error:
        spot.wrong(f"{error.headline}{_where(error.__cause__ or error)}")
        return []
    except BaseException as error:
        # What skips or ends a test is no ``Exception``, and would end the run.
        spot.wrong(f"{path} raised {one_line(error, ())}{_where(error)}")
        return []
    if not given and not spot.has_mistakes_below():
        spot.wrong(f"{path} declares no model: {_HOW}")
    return given


def _listed(function: Function, given: object) -> list[object]:
    if isinstance(given, (set, frozenset)):
        # That of texts is another in every process.
        function.spot.wrong(f"{function.path} gives a set, which has no order: {_HOW}")
    elif isinstance(given, Iterable) and not isinstance(given, (str, Mapping)):
        return list(given)
    else:
        function.spot.wrong(f"{function.path} gives {_told(given)}: {_HOW}")
    return []


def _add(models: dict[str, object], declared: Declaration, path: Path, spot: Spot) -> None:
    """Put a model behind what is there already; its own place is the line that declares it."""
    name: object = declared.name
    key = (MODELS.name, declared.name)
    file = called_beside(Path(declared.file), path, spot.notebook)
    lines: dict[Keys, int] = {(MODELS.name,): declared.line, key: declared.line}
    notebook = Notebook(file, lines, spot.notebook.mistakes, is_ours=spot.notebook.is_ours)
    there = Spot(notebook).down(*key)
    if not isinstance(name, str):
        NAME.kind.read(name, Spot(notebook).down(MODELS.name))
    elif name in models:
        there.wrong(f"it stands at {spot.down(*key).place} already")
    else:
        spot.notebook.parts[(*spot.root, *key)] = Part(file, notebook.lines, len(spot.root), in_python=True)
        try:
            models[name] = table_of(declared.keys, there)
        except RecursionError:
            there.wrong("it is nested too deeply to be read")


def _where(error: BaseException) -> str:
    """The innermost line of the project's own code, else of any other, that an exception passed."""
    places = places_in(error)
    own = [place for place in places if "site-packages" not in place]
    return f" ({[*own, *places][0]})" if places else ""


def _told(value: object) -> str:
    if value is None or isinstance(value, (str, int, float, list, tuple)):
        return shown(value)
    return "a dict" if isinstance(value, Mapping) else str(Foreign(value))
