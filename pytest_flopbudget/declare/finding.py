"""From a name and a point, as someone asks for them, to the declared case."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Union

from pytest_flopbudget.declare.cases import Case, Table
from pytest_flopbudget.errors import FlopBudgetError, did_you_mean, shown

At = Union[Mapping[str, int], str, None]


def find_case(table: Table, model: str, at: At) -> Case:
    """The case of a declared model at one point.

    Args:
        table: Where it is declared.
        model: Its name.
        at: The point's name, or sizes that only this point has; None for a model that has one point.

    Raises:
        FlopBudgetError: There is no such model or point, or more than one; with those that there are.
    """
    cases = [case for case in table.cases if case.model == model]
    if not cases:
        models = list(dict.fromkeys(case.model for case in table.cases))
        hint = _nearest_of(model, models)
        raise FlopBudgetError(f"{shown(model)} is no declared model of {Path(table.path).name}{hint}")
    if at is None:
        found, what = cases, "a point"
    elif isinstance(at, str):
        found, what = [case for case in cases if case.point_name == at], shown(at)
    elif isinstance(at, Mapping):
        found, what = [case for case in cases if at.items() <= case.point.items()], str(dict(at))
    else:
        raise FlopBudgetError(
            f"{shown(at)} is no point of {model}: write its sizes, as in {_example(cases)}, or its name"
        )
    if len(found) == 1:
        return found[0]
    names = [case.point_name for case in found or cases]
    if found:
        which = f"{model} has {len(found)} points" if at is None else f"{what} fits {len(found)} points of {model}"
        raise FlopBudgetError(f"{which}, {', '.join(names)}: say which, as in at={_example(found)}")
    raise FlopBudgetError(f"{model} has no point {what}{_nearest_of(at, names)}")


def find_cases(table: Table, patterns: Sequence[str]) -> tuple[Case, ...]:
    """The declared cases that some names or globs ask for, in the table's order; without any, all.

    Args:
        table: Where they are declared.
        patterns: A model (``"mobilenet"``), a case (``"mobilenet::R96"``), or a glob of either.

    Raises:
        FlopBudgetError: A name or glob fits no case; with the nearest right spelling.
    """
    wrong = [pattern for pattern in patterns if not any(_fits(case, pattern) for case in table.cases)]
    if wrong:
        names = list(dict.fromkeys(name for case in table.cases for name in (case.model, case.id)))
        file = Path(table.path).name
        raise FlopBudgetError(
            "\n".join(f"no case of {file} matches {shown(pattern)}{did_you_mean(pattern, names)}" for pattern in wrong)
        )
    return tuple(case for case in table.cases if not patterns or any(_fits(case, pattern) for pattern in patterns))


def _fits(case: Case, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for name in (case.model, case.id))


def _nearest_of(wanted: object, names: Sequence[str]) -> str:
    hint = did_you_mean(wanted, names) if isinstance(wanted, str) else ""
    return hint or f"; there is {', '.join(names)}"


def _example(cases: Sequence[Case]) -> str:
    """A point as one writes it: by its sizes, where those tell it from the others."""
    first = cases[0]
    told = first.point and sum(case.point == first.point for case in cases) == 1
    return str(dict(first.point)) if told else repr(first.point_name)
