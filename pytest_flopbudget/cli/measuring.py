"""Measuring the declared cases of one run of the command, with progress where someone looks on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from pytest_flopbudget.cli.showing import aside, with_progress
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.engine import artifact_of
from pytest_flopbudget.errors import FlopBudgetError, FormulaError, MeasureError
from pytest_flopbudget.judge.judging import broken, judge
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.sharing import Sharing


@dataclass(slots=True)
class Measured:
    """Counts the cases of a table; one that cannot be counted is tried once."""

    table: Table
    _sharing: Sharing = field(default_factory=Sharing)
    _broken: dict[str, FlopBudgetError] = field(default_factory=dict)

    def __call__(self, case: Case) -> Measurement:
        """Count a case.

        Raises:
            FlopBudgetError: It cannot be counted; the message is one line.
        """
        if case.id in self._broken:
            raise self._broken[case.id]
        self._sharing.let_go_but_for(case, self.table)
        try:
            with aside():
                return self._sharing.measure(case, self.table)
        except (MeasureError, FormulaError) as error:
            self._broken[case.id] = FlopBudgetError(str(error).partition("\n")[0])
            raise self._broken[case.id] from error

    def chosen(self, cases: Sequence[Case]) -> list[Case]:
        """The same cases, counted."""
        for case in with_progress(cases, "counting"):
            # What keeps it from being counted is told with what is said of the case.
            with suppress(FlopBudgetError):
                self(case)
        return list(cases)

    def judged(self, case: Case) -> Verdict:
        """The verdict on a case by its limits alone."""
        try:
            with aside():
                measurement = self._sharing.measure(case, self.table)
                others = self._sharing.references(case, self.table)
            return judge(case, measurement, others, artifact_of(case, self.table))
        except (MeasureError, FormulaError) as error:
            return broken(case, error)
