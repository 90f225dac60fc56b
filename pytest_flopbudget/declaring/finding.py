"""From a name and a point, as someone asks for them, to the declared case."""

from __future__ import annotations

import fnmatch
import operator
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import SupportsIndex, Union

from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.errors import FlopBudgetError, did_you_mean, nearest, shown
from pytest_flopbudget.judge.targets import Target

At = Union[Mapping[str, int], str, int, None]

_MOST_NAMED = 12
_MOST_CHARACTERS = 80


def find_case(table: Table, model: str, at: At) -> Case:
    """The case of a declared model at one point.

    Args:
        table: Where it is declared.
        model: Its name.
        at: The point's name, or sizes that only this point has; a number does for a model with one dimension, and None
            for one that has one point.

    Raises:
        FlopBudgetError: There is no such model or point, or more than one; with those that there are.
    """
    return find_point(find_model(table, model), at)


def find_model(table: Table, model: str) -> list[Case]:
    """The cases of a declared model, one for each point.

    Raises:
        FlopBudgetError: There is no such model; with those that there are.
    """
    if not isinstance(model, str):
        raise FlopBudgetError(f"{_written(model)} is no name of a declared model: write it as text, as in 'net'")
    cases = [case for case in table.cases if case.model == model]
    if not cases:
        models = list(dict.fromkeys(case.model for case in table.cases))
        raise FlopBudgetError(f"{shown(model)} is no declared model of {_file(table)}{nearest_or_all(model, models)}")
    return cases


def find_target(table: Table, name: str) -> Target:
    """A declared target.

    Raises:
        FlopBudgetError: There is no such target; with those that there are.
    """
    names = [target.name for target in table.targets]
    if name not in names:
        raise FlopBudgetError(f"{shown(name)} is no declared target of {_file(table)}{nearest_or_all(name, names)}")
    return table.targets[names.index(name)]


def find_point(cases: Sequence[Case], at: At) -> Case:
    """The case of a declared model at one point.

    Args:
        cases: All cases of the model.
        at: As for :func:`find_case`.

    Raises:
        FlopBudgetError: There is no such point, or more than one; with those that there are.
    """
    if at is None:
        found, what = without_swept(cases), "a point"
    elif isinstance(at, str):
        found, what = [case for case in cases if case.point_name == at], shown(at)
    else:
        sizes = _sizes(at, cases)
        found, what = [case for case in cases if sizes.items() <= case.point.items()], str(sizes)
    if len(found) == 1:
        return found[0]
    model, names = cases[0].model, [case.point_name for case in found or cases]
    if found:
        which = f"{model} has {len(found)} points" if at is None else f"{what} fits {len(found)} points of {model}"
        raise FlopBudgetError(f"{which}, {few(names)}: say which, as in at={_example(found)}")
    raise FlopBudgetError(f"{model} has no point {what}{nearest_or_all(at if isinstance(at, str) else '', names)}")


def without_swept(cases: Sequence[Case]) -> list[Case]:
    """The cases that are more than drawn; all, where none is."""
    return [case for case in cases if not case.swept] or list(cases)


def find_cases(table: Table, patterns: Sequence[str]) -> tuple[Case, ...]:
    """The declared cases that some names or globs ask for, in the table's order; without any, all.

    Args:
        table: Where they are declared.
        patterns: A model (``"mobilenet"``), a case (``"mobilenet::R96"``), or a glob of either.

    Raises:
        FlopBudgetError: A name or glob fits no case, or there is none at all; with the nearest right spelling.
    """
    file = _file(table)
    if not table.cases:
        raise FlopBudgetError(f"{file} declares no model")
    wrong = [pattern for pattern in patterns if not any(_fits(case, pattern) for case in table.cases)]
    if wrong:
        raise FlopBudgetError(
            "\n".join(
                f"no case of {file} matches {shown(pattern)}{nearest_name(pattern, table.cases)}" for pattern in wrong
            )
        )
    return tuple(case for case in table.cases if not patterns or any(_fits(case, pattern) for pattern in patterns))


def nearest_name(pattern: str, cases: Sequence[Case], more: Sequence[str] = ()) -> str:
    """What to say of a name or glob that fits no case: the nearest right one, or else what there is.

    Args:
        pattern: As it was asked for.
        cases: All that there are.
        more: Further names by which they may be asked for.
    """
    model, _, point = pattern.partition("::")
    own = {case.point_name: case.id for case in cases if case.model == model}
    if own:
        # A right model would make any of its points look near.
        near = nearest(point, own)
        return f"; did you mean {own[near]!r}?" if near else nearest_or_all("", list(own.values()))
    models = list(dict.fromkeys(case.model for case in cases))
    return did_you_mean(pattern, [*models, *(case.id for case in cases), *more]) or nearest_or_all("", models)


def nearest_or_all(wanted: str, names: Sequence[str]) -> str:
    """The nearest of some names to what was asked for; where none is near, which there are."""
    if not names:
        return "; there is none"
    return did_you_mean(wanted, names) or f"; there is {few(names)}"


def _file(table: Table) -> str:
    """A table's file as the user may name it from where the run began, or in full where that is shorter."""
    try:
        below = Path(os.path.relpath(table.path)).as_posix()
    except ValueError:
        # On another drive.
        return table.path
    return min(below, table.path, key=len)


def few(names: Sequence[str]) -> str:
    """The first of some names, in a sentence."""
    return ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")


def _fits(case: Case, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for name in (case.model, case.id))


def _sizes(at: Mapping[str, int] | int, cases: Sequence[Case]) -> dict[str, int]:
    """The sizes of the named dimensions that are asked for.

    Raises:
        FlopBudgetError: It says none, one is no number, or the model has no such dimension.
    """
    model = cases[0].model
    dims = list(dict.fromkeys(dim for case in cases for dim in case.point))
    if not isinstance(at, Mapping):
        size = _whole(at)
        if size is None:
            raise FlopBudgetError(
                f"{_written(at)} is no point of {model}: write its sizes, as in {_example(cases)}, or its name"
            )
        if len(dims) != 1:
            what = f"has {', '.join(dims)}" if dims else "has none"
            raise FlopBudgetError(f"a bare size needs a model with one named dimension, and {model} {what}")
        return {dims[0]: size}
    for dim in at:
        if dim not in dims:
            raise FlopBudgetError(f"{model} has no dimension {_written(dim)}{nearest_or_all(str(dim), dims)}")
    sizes = {dim: _whole(size) for dim, size in at.items()}
    for dim, size in sizes.items():
        if size is None:
            raise FlopBudgetError(f"{_written(at[dim])} is no size of {dim}: write a whole number")
    return {dim: size for dim, size in sizes.items() if size is not None}


def _whole(size: object) -> int | None:
    """A whole number of any library's making; None for anything else."""
    if isinstance(size, bool) or not isinstance(size, SupportsIndex):
        return None
    try:
        return operator.index(size)
    except (TypeError, RuntimeError):
        # An array or a tensor that is no single number, or has none.
        return None


def _written(value: object) -> str:
    """A value of any type as the user wrote it, on one line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"


def _example(cases: Sequence[Case]) -> str:
    """A point as one writes it: by its sizes, where those tell it from the others."""
    first = cases[0]
    told = first.point and sum(case.point == first.point for case in cases) == 1
    return str(dict(first.point)) if told else repr(first.point_name)
