"""The fixtures ``flop_budget`` and ``count_flops``, as a test has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pytest

from pytest_flopbudget.declaring.asked import as_case, of_declared
from pytest_flopbudget.declaring.cases import AskedCase, Case, Table
from pytest_flopbudget.declaring.finding import At, find_model, find_point
from pytest_flopbudget.errors import AskedError, FlopBudgetError, Place, RunError
from pytest_flopbudget.judge.judging import broken, judge, skipped
from pytest_flopbudget.live import Both, Way, measure_declared, measure_given
from pytest_flopbudget.plugin.regions import RegionBudget
from pytest_flopbudget.plugin.shared import sharing_of
from pytest_flopbudget.plugin.surroundings import Line, Ours, Surroundings, callers_line

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pytest_flopbudget.counting.measurement import Backend, Measurement, Mode
    from pytest_flopbudget.plugin.asking import CallLimits, CaseLimits

_NAME = "flop_budget"
_PARAMETERS = ("input", "input_kwargs", "label", "declared", "at")
NOT_GIVEN: Final = object()


class FlopBudget:
    """Counts a model at an input, and fails the test there and then when a limit is not kept.

    Each call is a case of its own: in the summary and in every report it stands under the test's id and its label.
    Limits stand in the call, in the mark ``flop_budget`` of the test, its class or its module, or with ``declared=`` in
    the table; the nearest wins, metric by metric.
    """

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def __call__(
        self,
        model: Callable[..., object],
        input: object = NOT_GIVEN,
        *,
        input_kwargs: Mapping[str, object] | None = None,
        label: str | None = None,
        declared: str | None = None,
        at: At = None,
        backend: Backend | None = None,
        **limits: Unpack[CallLimits],
    ) -> Measurement:
        """Count a model, which is the same afterwards, and judge it.

        Args:
            model: A ``torch.nn.Module``, or a bound method of one, which is called in the place of its forward.
            input: As for :func:`pytest_flopbudget.count`: ``"1x3x224x224"``, a tensor, a list of inputs, or a dict.
            input_kwargs: Keyword inputs beside positional ones.
            label: The case's name; needed where a test has more than one.
            declared: A declared model, whose input, part, method and limits count for this model.
            at: Its point: sizes, as in ``{"R": 96}``, or its name; a number for a model with one dimension, None for
                one that has one point.
            backend: ``"auto"``, ``"shapes"``, ``"execute"`` or ``"thop"``.
            **limits: Limits in MACs, FLOPs, parameters and elements, and the options of a case.

        Returns:
            What was counted.

        Raises:
            FlopBudgetExceeded: A limit is not kept.
            FlopBudgetError: The model cannot be measured, or not all of it; or the call asks for what cannot be.
        """
        __tracebackhide__ = True
        written: dict[str, object] = dict(limits) if backend is None else {**limits, "backend": backend}
        call = _Call(self._around, model, input, input_kwargs, label, declared, at, written, callers_line())
        try:
            return call.measured()
        except Ours as error:
            raise self._around.told(error) from None

    def region(self, *, label: str | None = None, **limits: Unpack[CaseLimits]) -> RegionBudget:
        """Count whatever runs inside a ``with`` block, for real, backward passes too, and judge it at the block's end.

        An exception inside passes through, and nothing is judged. What is counted inside by ``flop_budget`` or
        ``count_flops`` is no part of it. A region has no parameters, and no other region inside.

        Args:
            label: The case's name; needed where a test has more than one.
            **limits: Limits in MACs, FLOPs and elements, and the options of a case.

        Returns:
            The context manager; its ``measurement`` is there once the block ended.

        Raises:
            FlopBudgetExceeded: At the block's end: a limit is not kept.
            FlopBudgetError: At its beginning: the call asks for what cannot be. At its end:
                nothing was counted, or operators are uncounted.
        """
        return RegionBudget(self._around, label, dict(limits))


class CountFlops:
    """Counts a model at an input, and never fails on a limit: there is none."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def __call__(
        self,
        model: Callable[..., object],
        input: object = NOT_GIVEN,
        *,
        input_kwargs: Mapping[str, object] | None = None,
        mode: Mode = "inference",
        backend: Backend = "auto",
        lines: bool = False,
    ) -> Measurement:
        """Count as :func:`pytest_flopbudget.count` does, with the formulas and free operators of the nearest table.

        Raises:
            FlopBudgetError: The model cannot be measured; that is no budget's matter.
        """
        __tracebackhide__ = True
        try:
            way = Way(table=self._around.table(), mode=mode, backend=backend, lines=lines)
            return _measured("count_flops", model, input, input_kwargs, way).measurement
        except FlopBudgetError as error:
            raise self._around.told(error) from None


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of the fixture."""

    around: Surroundings
    model: Callable[..., object]
    input: object
    input_kwargs: Mapping[str, object] | None
    label: str | None
    declared: str | None
    at: At
    written: Mapping[str, object]
    line: Line

    def measured(self) -> Measurement:
        """The measurement, if it is judged to be good."""
        __tracebackhide__ = True
        name = self.around.ledger.name(self.label)
        table = self.around.table()
        declared, case = self._cases(table, name)
        if case.skip is not None:
            self.around.reach(skipped(case), name, self.line)
            pytest.skip(case.skip)
        way = Way(
            table=table,
            mode=case.mode,
            backend=case.backend,
            execute_limit=case.execute_limit,
            crosscheck=self.around.options.crosscheck,
        )
        try:
            if declared is None:
                both = _measured(_NAME, self.model, self.input, self.input_kwargs, way)
            else:
                both = measure_declared(self.model, declared, way)
            others = sharing_of(self.around.item).references(case, table)
            verdict = self.around.by_lock(judge(case, both.measurement, others), case)
        except FlopBudgetError as error:
            raise self.around.failed(broken(case, error), name) from None
        self.around.reach(replace(verdict, comparison=both.comparison), name, self.line)
        return both.measurement

    def _cases(self, table: Table | None, name: str) -> tuple[Case | None, AskedCase]:
        """The declared case that is followed, and the case that is judged."""
        place = self.around.place(self.line)
        asked = self.around.asked(self.written, place, _NAME, _PARAMETERS)
        if self.declared is None:
            if self.at is not None:
                raise AskedError(f"{place}: {_NAME}: at: a point is that of a declared model, as in declared='net'")
            return None, self.around.with_limits(
                as_case(
                    asked,
                    id=self.around.id_of(name),
                    kind="test",
                    place=place,
                    targets=None if table is None else table.targets,
                ),
                _NAME,
            )
        declared = self._declared(self.declared, table, place)
        case = of_declared(
            declared, asked, id=self.around.id_of(name), place=place, targets=table.targets if table else ()
        )
        return declared, self.around.with_limits(case, _NAME)

    def _declared(self, model: str, table: Table | None, place: Place) -> Case:
        where = f"{place}: {_NAME}"
        if self.input is not NOT_GIVEN or self.input_kwargs is not None:
            raise AskedError(
                f"{where}: declared: the input is the declared one: leave the call's own away, or declared={model!r}"
            )
        if table is None:
            raise AskedError(
                f"{where}: declared: no pyproject.toml above the test has a table [tool.pytest-flopbudget]"
            )
        try:
            cases = find_model(table, model)
        except FlopBudgetError as error:
            raise AskedError(f"{where}: declared: {error}") from None
        try:
            return find_point(cases, self.at)
        except FlopBudgetError as error:
            raise AskedError(f"{where}: at: {error}") from None


def _measured(
    name: str, model: Callable[..., object], input: object, input_kwargs: Mapping[str, object] | None, way: Way
) -> Both:
    """Count a model at the inputs of a call; one that forgot them is told so."""
    try:
        return measure_given(model, () if input is NOT_GIVEN else input, input_kwargs, way)
    except RunError as error:
        if input is not NOT_GIVEN or input_kwargs is not None:
            raise
        hint = f"hint      no input is given: write one, as in {name}(model, '1x3x224x224')"
        raise error.with_details(hint) from error.__cause__
