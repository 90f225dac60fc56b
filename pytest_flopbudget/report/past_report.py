"""A JSON report as an earlier state of its cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_flopbudget.errors import FlopBudgetError, LockError
from pytest_flopbudget.judge.locks import Entry
from pytest_flopbudget.judge.pairing import locked_modules
from pytest_flopbudget.judge.past import EVERY_DEPTH, Past
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.reading import read_report
from pytest_flopbudget.report.record import from_record


@dataclass(frozen=True, slots=True)
class PastReport:
    """A report that was kept.

    Args:
        called: The file as the user should read it.
        verdicts: Each with its table's file, as that was called then; ``""`` without one.
    """

    called: str
    verdicts: tuple[tuple[str, Verdict], ...]

    @property
    def tables(self) -> tuple[str, ...]:
        """The files of its tables, each once."""
        return tuple(dict.fromkeys(table for table, _ in self.verdicts))

    def of(self, table: str, *, alone: bool) -> Past:
        """What it knows of the cases of a table: counts, modules at every depth, and limits.

        Args:
            table: The table's file as it is called now.
            alone: Whether it is the run's only one. In a report of one table too, that is the same by whatever name;
                two tables of several may have the same case.
        """
        is_one = alone and len(self.tables) == 1
        known = [verdict for of_table, verdict in self.verdicts if is_one or of_table == table]
        return Past(
            called=self.called,
            entries={verdict.case: _entry(verdict) for verdict in known if verdict.metrics or verdict.targets},
            limits={verdict.case: tuple(check.limit for check in verdict.checks) for verdict in known},
        )


def past_report(text: str, called: str) -> PastReport:
    """A report's text as an earlier state.

    Raises:
        LockError: It is damaged, or its numbers follow other conventions.
    """
    try:
        cases = read_report(text, called)
    except FlopBudgetError as error:
        raise LockError(str(error)) from None
    try:
        return PastReport(called, tuple((case["table"] or "", from_record(case)) for case in cases))
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise LockError(f"{called}: it is damaged: {type(error).__name__}: {error}") from None


def _entry(verdict: Verdict) -> Entry:
    return Entry(
        metrics=_metrics(verdict),
        modules=locked_modules(verdict.modules, EVERY_DEPTH),
        backend="thop" if verdict.backend == "thop" else "auto",
        mode=verdict.mode,
    )


def _metrics(verdict: Verdict) -> Mapping[str, int]:
    """The case's own metrics, but for what is twice another, and those of its targets."""
    own = {name: value for name, value in verdict.metrics.items() if name != "flops"}
    of_targets = {
        f"{name}@{target}": value
        for target, account in verdict.targets.items()
        for name, value in account.metrics.items()
        if name != "flops"
    }
    return {**own, **of_targets}
