"""``flop_budget.region``: a budget for whatever runs inside a block."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.asked import as_case
from pytest_flopbudget.declaring.cases import AskedCase
from pytest_flopbudget.errors import AskedError, FlopBudgetError, MeasureError
from pytest_flopbudget.judge.judging import broken, judge
from pytest_flopbudget.live import counted_region
from pytest_flopbudget.plugin.shared import sharing_of
from pytest_flopbudget.plugin.surroundings import Line, Ours, Surroundings, callers_line

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytest_flopbudget.counting.measurement import Measurement

_NAME = "flop_budget.region"
_OF_A_CALL = ("mode", "backend", "execute_limit", "targets")


class RegionBudget:
    """The context manager of one region."""

    def __init__(self, around: Surroundings, label: str | None, written: Mapping[str, object]) -> None:
        self._around = around
        self._label = label
        self._written = written
        self._measurement: Measurement | None = None
        self._is_entered = False
        around.ledger.not_entered += 1

    @property
    def measurement(self) -> Measurement:
        """What ran inside.

        Raises:
            FlopBudgetError: The block has not ended, or an exception ended it.
        """
        __tracebackhide__ = True
        if self._measurement is None:
            early = FlopBudgetError("the region has not ended: its measurement is there after the block")
            raise self._around.told(early) from None
        return self._measurement

    def __enter__(self) -> Self:
        __tracebackhide__ = True
        if not self._is_entered:
            self._is_entered = True
            self._around.ledger.not_entered -= 1
        try:
            self._begin(callers_line())
        except Ours as error:
            raise self._around.told(error) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        self._around.ledger.in_region = False
        self._counting.__exit__(kind, error, traceback)
        if error is not None:
            self._failed(error)
            return
        try:
            self._judge()
        except Ours as raised:
            raise self._around.told(raised) from None

    def _begin(self, line: Line) -> None:
        around = self._around
        if around.ledger.in_region:
            raise AskedError(f"{around.place(line)}: {_NAME}: a region stands inside another: let that end first")
        self._line = line
        self._name = around.ledger.name(self._label)
        self._table = around.table()
        self._case = self._asked_case()
        self._counting: AbstractContextManager[Callable[[], Measurement]] = counted_region(self._table)
        self._finish = self._counting.__enter__()
        around.ledger.in_region = True

    def _asked_case(self) -> AskedCase:
        place = self._around.place(self._line)
        for key in _OF_A_CALL:
            if key in self._written:
                raise AskedError(f"{place}: {_NAME}: {key}: a region runs as it is: {key} belongs in a call")
        asked = self._around.asked(self._written, place, _NAME, ("label",))
        if asked.backend == "thop":
            raise AskedError(f"{place}: {_NAME}: backend: thop counts models, no regions; the mark says 'thop'")
        for limit in asked.limits:
            if METRICS[limit.metric].is_of_memory and limit.place == place:
                raise AskedError(
                    f"{limit.place}: {_NAME}: {limit.metric}: memory is told of a model's forward, not of a region: "
                    f"limit it in a call, as in flop_budget(model, '1x3x224x224', {limit.metric}='320 KiB')"
                )
            if limit.metric == "params" and limit.place == place:
                raise AskedError(
                    f"{limit.place}: {_NAME}: params: a region has no parameters of its own: limit those of a model "
                    "in a call, as in flop_budget(model, '1x3x224x224', params='26 M')"
                )
        # A mark's are meant for the calls beside the region.
        limits = tuple(
            each for each in asked.limits if each.metric != "params" and not METRICS[each.metric].is_of_memory
        )
        of_region = replace(asked, limits=limits, targets=None)
        case = as_case(of_region, id=self._around.id_of(self._name), kind="region", place=place)
        return self._around.with_limits(case, _NAME)

    def _judge(self) -> None:
        try:
            self._measurement = self._finish()
            others = sharing_of(self._around.item).references(self._case, self._table)
            verdict = self._around.by_lock(judge(self._case, self._measurement, others), self._case)
        except FlopBudgetError as error:
            verdict = broken(self._case, error)
        self._around.reach(verdict, self._name, self._line)

    def _failed(self, error: BaseException) -> None:
        """Note what ended the block, if it is that it cannot be counted; what else it is, is the test's own matter."""
        if not isinstance(error, MeasureError) or self._around.ledger.headline(error) is not None:
            return
        self._around.keep(broken(self._case, error), self._name)
        self._around.ledger.raised(error, error.headline)
