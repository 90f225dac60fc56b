"""The mark ``flop_cases`` and the fixture ``flop_case``: one test over declared models and their points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pytest

from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.declaring.finding import find_cases, without_swept
from pytest_flopbudget.declaring.resolving import importable
from pytest_flopbudget.errors import AskedError, FlopBudgetError, Place, TableError, shown
from pytest_flopbudget.plugin.marks import line_of
from pytest_flopbudget.plugin.shared import sharing_of
from pytest_flopbudget.plugin.surroundings import Surroundings
from pytest_flopbudget.plugin.tables import Tables

if TYPE_CHECKING:
    from pytest_flopbudget.counting.measurement import Measurement
    from pytest_flopbudget.trace.real import Module

FIXTURE = "flop_case"
MARK = "flop_cases"


T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False)
class FlopCase:
    """A declared model at one point, for a test of one's own."""

    _case: Case
    _table: Table
    _around: Surroundings

    def __str__(self) -> str:
        return self.id

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"

    @property
    def id(self) -> str:
        """The case's id below its table: ``"mobilenet::R96"``."""
        return self._case.id

    @property
    def model(self) -> str:
        """The declared model's name."""
        return self._case.model

    @property
    def point(self) -> Mapping[str, int]:
        """The named dimensions and their sizes: ``{"R": 96}``."""
        return dict(self._case.point)

    def build(self) -> Module:
        """Build the model for real, and prepare it as declared; it is a new one at every call.

        Raises:
            MeasureError: It cannot be imported or built.
        """
        __tracebackhide__ = True
        return self._told(self._built)

    def inputs(self, model: Module | None = None) -> tuple[Sequence[object], Mapping[str, object]]:
        """The declared inputs as tensors with data: positional ones, and those by keyword.

        Floats are random, and the same at every call; integers and booleans are as declared.

        Args:
            model: The model that they are for: a float without a declared type has that of its parameters, and all are
                on its device. Without one, torch's default type, on the CPU.

        Raises:
            MeasureError: The input factory cannot be imported, or failed.
        """
        __tracebackhide__ = True
        return self._told(lambda: self._made(model))

    def measure(self) -> Measurement:
        """Count the case as its own test item does; nothing is judged.

        Raises:
            FlopBudgetError: It cannot be measured.
        """
        __tracebackhide__ = True
        return self._told(self._measured)

    def _told(self, work: Callable[[], T]) -> T:
        __tracebackhide__ = True
        try:
            return work()
        except FlopBudgetError as error:
            raise self._around.told(error) from None

    def _built(self) -> Module:
        from pytest_flopbudget.engine import blueprint_of

        with importable(self._table.folders):
            blueprint = blueprint_of(self._case, self._table.folder)

            from pytest_flopbudget.trace.real import real_model

            return real_model(blueprint)

    def _made(self, model: Module | None) -> tuple[Sequence[object], Mapping[str, object]]:
        from pytest_flopbudget.engine import arguments_of, need_torch

        need_torch()
        with importable(self._table.folders):
            arguments = arguments_of(self._case, self._table.folder)

            from pytest_flopbudget.trace.real import real_inputs

            return real_inputs(arguments, model)

    def _measured(self) -> Measurement:
        return sharing_of(self._around.item).measure(self._case, self._table)


@dataclass(frozen=True, slots=True)
class _Found:
    """A case, and its table."""

    case: Case
    table: Table


@dataclass(frozen=True, slots=True)
class _Missing:
    """What stands in the place of cases that cannot be found; the test errors with it."""

    error: FlopBudgetError


def parametrize(metafunc: pytest.Metafunc, tables: Tables) -> None:
    """Give a test that takes ``flop_case`` its cases, or one that errors and tells why there are none."""
    try:
        cases = [_parameter(found) for found in _cases(metafunc, tables)]
    except FlopBudgetError as error:
        cases = [pytest.param(_Missing(error), id="none")]
    metafunc.parametrize(FIXTURE, cases, indirect=True)


def given(request: pytest.FixtureRequest, around: Surroundings) -> FlopCase:
    """The case of one test.

    Raises:
        FlopBudgetError: There is none; the table's mistakes, if that is why.
    """
    parameter = getattr(request, "param", None)
    if isinstance(parameter, _Found):
        return FlopCase(parameter.case, parameter.table, around)
    error = FlopBudgetError(f"{FIXTURE} is there for a test that takes it as an argument: def test_it({FIXTURE})")
    raise around.told(parameter.error if isinstance(parameter, _Missing) else error) from None


def _parameter(found: _Found) -> object:
    case = found.case
    marks = () if case.skip is None else pytest.mark.skip(reason=case.skip)
    return pytest.param(found, id=f"{case.model}:{case.point_name}", marks=marks)


def _cases(metafunc: pytest.Metafunc, tables: Tables) -> list[_Found]:
    path = tables.nearest(metafunc.definition.path.parent)
    table = None if path is None else tables.read(path)
    if isinstance(table, TableError):
        raise table
    if table is None:
        raise FlopBudgetError(f"{MARK}: no pyproject.toml above the test has a table [tool.pytest-flopbudget]")
    try:
        cases = without_swept(find_cases(table, _asked_for(metafunc.definition)))
        return [_Found(case, table) for case in cases]
    except FlopBudgetError as error:
        place = Place(tables.called(metafunc.definition.path), line_of(metafunc.definition))
        raise AskedError("\n".join(f"{place}: {MARK}: {line}" for line in str(error).splitlines())) from None


def _asked_for(item: pytest.Item) -> tuple[str, ...]:
    """The names in all marks of the nearest node that has any: a test's own, else its class's, else its module's."""
    if item.get_closest_marker(FIXTURE) is not None:
        raise FlopBudgetError(f"there is no mark {FIXTURE}: write @pytest.mark.{MARK}(...)")
    marks: dict[object, list[tuple[str, ...]]] = {}
    for node, mark in item.iter_markers_with_node(MARK):
        marks.setdefault(node, []).append(_patterns(mark))
    nearest = next(iter(marks.values()), [])
    # One without names asks for all.
    return tuple(name for names in nearest for name in names) if all(nearest) else ()


def _patterns(mark: pytest.Mark) -> tuple[str, ...]:
    for name in mark.kwargs:
        raise FlopBudgetError(f"it takes names only, as in {MARK}('mobilenet'), not {name}=")
    for written in mark.args:
        if not isinstance(written, str):
            raise FlopBudgetError(f"{shown(written)} is no name: write one or more, as in {MARK}('mobilenet')")
    return mark.args
