"""What a declared case or bundle comes to: measured, judged, and held against its lock."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declaring.cases import Bundle, Case, Table
from pytest_flopbudget.errors import FlopBudgetError
from pytest_flopbudget.judge.bundles import broken_bundle, judge_bundle, skipped_bundle, unjudged
from pytest_flopbudget.judge.judging import broken, judge, skipped
from pytest_flopbudget.judge.verdicts import Finding, Verdict
from pytest_flopbudget.locking import Locks
from pytest_flopbudget.sharing import Sharing

_BY_ITSELF = "skipped by the model's own code"
_DRAWN = Finding("unjudged", "off", "drawn only: it is of a sweep, and no lock is kept")


class _SkippedInside(Exception):
    """The model's own code skipped, as ``pytest.importorskip`` does."""


@dataclass(frozen=True, slots=True)
class Deciding:
    """Decides on the declared cases of one run.

    Args:
        sharing: Measures them.
        locks: What they are held against.
        crosscheck: Whether thop counts each case too.
    """

    sharing: Sharing
    locks: Locks
    crosscheck: bool = False

    def verdict(self, declared: Case | Bundle, table: Table) -> Verdict:
        """What a case or a bundle of a table comes to; what is declared to be skipped is not measured."""
        why = why_skipped(declared)
        if why is not None:
            return as_skipped(declared, why)
        return self._bundle(declared, table) if isinstance(declared, Bundle) else self._case(declared, table)

    def _case(self, case: Case, table: Table) -> Verdict:
        # Imported when a case runs: collecting, and every option that only lists, must not touch the engine.
        from pytest_flopbudget.engine import artifact_of, crosscheck

        try:
            with _skips_told():
                measurement, others = self.sharing.measure(case, table), self.sharing.references(case, table)
                artifact = artifact_of(case, table)
        except FlopBudgetError as error:
            return broken(case, error)
        except _SkippedInside as skip:
            return as_skipped(case, str(skip))
        verdict = self.locks.judged(judge(case, measurement, others, artifact), case, table)
        if case.swept and table.lock is None and not verdict.findings:
            verdict = replace(verdict, findings=(_DRAWN,))
        return replace(verdict, comparison=crosscheck(case, table, measurement)) if self.crosscheck else verdict

    def _bundle(self, bundle: Bundle, table: Table) -> Verdict:
        measured = [self._measured(case, table) for case in bundle.cases]
        for case, each in zip(bundle.cases, measured, strict=True):
            if isinstance(each, str):
                return as_skipped(bundle, f"{case.id}: {each}")
            if isinstance(each, FlopBudgetError):
                return broken_bundle(bundle, case.id, each)
        verdict = judge_bundle(bundle, [each for each in measured if isinstance(each, Measurement)])
        return self.locks.judged(verdict, bundle, table)

    def _measured(self, case: Case, table: Table) -> Measurement | FlopBudgetError | str:
        """What was counted, why it cannot be, or why the model's own code skips it."""
        try:
            with _skips_told():
                return self.sharing.measure(case, table)
        except FlopBudgetError as error:
            return error
        except _SkippedInside as skip:
            return str(skip)


def why_skipped(declared: Case | Bundle) -> str | None:
    """Why a case, or a bundle or one of its cases, is declared to be skipped; None where it is not."""
    if isinstance(declared, Case) or declared.skip:
        return declared.skip
    return next((f"{case.id}: {case.skip}" for case in declared.cases if case.skip is not None), None)


def as_skipped(declared: Case | Bundle, why: str) -> Verdict:
    """The verdict on what is skipped."""
    return skipped_bundle(declared, why) if isinstance(declared, Bundle) else skipped(replace(declared, skip=why))


def as_failed(declared: Case | Bundle, why: str) -> Verdict:
    """The verdict on what failed before it could be judged."""
    if isinstance(declared, Bundle):
        return replace(unjudged(declared), findings=(Finding("error", "error", why),))
    return broken(declared, FlopBudgetError(why))


@contextmanager
def _skips_told() -> Iterator[None]:
    """Turn a skip of pytest's into an exception of ours: it is no ``Exception``, and would end a whole run."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, _skips()):
            raise
        raise _SkippedInside(str(error) or _BY_ITSELF) from None


def _skips() -> tuple[type[BaseException], ...]:
    """What a skip of pytest's is; whoever raised one has imported it."""
    skip = getattr(sys.modules.get("pytest"), "skip", None)
    kind = getattr(skip, "Exception", None)
    return (kind,) if isinstance(kind, type) and issubclass(kind, BaseException) else ()
