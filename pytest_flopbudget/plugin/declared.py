"""The test items of a table: a declared model at one point, and a bundle of several."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declare.cases import Bundle, Case, Table
from pytest_flopbudget.errors import FlopBudgetError, FlopBudgetWarning
from pytest_flopbudget.judge.bundles import broken_bundle, judge_bundle, skipped_bundle
from pytest_flopbudget.judge.judging import broken, judge, skipped
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.plugin.locking import LOCKS
from pytest_flopbudget.plugin.properties import forget_properties, set_properties
from pytest_flopbudget.plugin.shared import sharing_of
from pytest_flopbudget.report.failure import failure
from pytest_flopbudget.report.headline import headline, warning
from pytest_flopbudget.sharing import Sharing

_ROOTS = "pyproject.toml::"
_BY_ITSELF = "skipped by the model's own code"


class Declared(pytest.Item):
    """What a table declares: it is measured once, and all its limits are judged together.

    Its verdict is there once it ran, or at once for what is to be skipped.
    """

    verdict: Verdict | None
    _table: Table

    @property
    def declared(self) -> Case | Bundle:
        """What the table declares."""
        raise NotImplementedError

    @property
    def table(self) -> Table:
        """The table that declares it."""
        return self._table

    @property
    def headline(self) -> str:
        """What the short summary says."""
        return headline(self.verdict) if self.verdict is not None else ""

    @property
    def line(self) -> int:
        """Where it stands, counted from 1."""
        return self.declared.place.line

    def runtest(self) -> None:
        """Measure and judge it.

        Raises:
            FlopBudgetError: It cannot be measured, nothing was counted, or operators are uncounted.
            FlopBudgetExceeded: A limit is not kept.
        """
        self.verdict = verdict = self._judged()
        if verdict.status == "skipped":
            pytest.skip(headline(verdict))
        forget_properties(self)
        set_properties(self, verdict)
        if verdict.fails:
            raise failure(verdict)
        if verdict.warns:
            self._warn(verdict)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Its place, the line counted from 0, and a heading, with the file of any table but the root's."""
        return self.path, self.line - 1, f"flop budget of {self.nodeid.removeprefix(_ROOTS)}"

    def _judged(self) -> Verdict:
        raise NotImplementedError

    def _skipped(self, verdict: Verdict, why: str) -> None:
        self.verdict = verdict
        self.add_marker(pytest.mark.skip(reason=why))

    def _warn(self, verdict: Verdict) -> None:
        try:
            warnings.warn_explicit(FlopBudgetWarning(warning(verdict)), None, filename=str(self.path), lineno=self.line)
        except FlopBudgetWarning:
            # The user turned warnings into errors: the case fails then, and says all there is to say.
            self.verdict = failing = verdict.failing()
            raise failure(failing) from None


class DeclaredCase(Declared):
    """A declared model at one point."""

    case: Case
    _crosscheck: bool

    @classmethod
    def of(cls, parent: pytest.Collector, case: Case, table: Table, *, crosscheck: bool) -> DeclaredCase:
        """The item for one case; whether thop counts it too."""
        node = cls.from_parent(parent, name=case.point_name)
        node.case, node._table, node._crosscheck, node.verdict = case, table, crosscheck, None
        if case.skip is not None:
            node._skipped(skipped(case), case.skip)
        return node

    @property
    def declared(self) -> Case:
        """The case."""
        return self.case

    def _judged(self) -> Verdict:
        # Imported when a case runs: collecting, and every option that only lists, must not touch the engine.
        from pytest_flopbudget.engine import artifact_of, crosscheck

        sharing = sharing_of(self)
        try:
            measurement, others = sharing.measure(self.case, self._table), sharing.references(self.case, self._table)
            artifact = artifact_of(self.case, self._table)
        except FlopBudgetError as error:
            return broken(self.case, error)
        except pytest.skip.Exception as skip:
            # The factory or the forward skipped, as importorskip does.
            return skipped(replace(self.case, skip=skip.msg or _BY_ITSELF))
        judged = judge(self.case, measurement, others, artifact)
        verdict = self.config.stash[LOCKS].judged(judged, self.case, self._table)
        if not self._crosscheck:
            return verdict
        return replace(verdict, comparison=crosscheck(self.case, self._table, measurement))


class DeclaredBundle(Declared):
    """Several declared models in one firmware."""

    bundle: Bundle

    @classmethod
    def of(cls, parent: pytest.Collector, bundle: Bundle, table: Table) -> DeclaredBundle:
        """The item for one bundle; it is skipped where it, or one of its cases, is."""
        node = cls.from_parent(parent, name=bundle.id)
        node.bundle, node._table, node.verdict = bundle, table, None
        why = bundle.skip or next((f"{case.id}: {case.skip}" for case in bundle.cases if case.skip is not None), None)
        if why is not None:
            node._skipped(skipped_bundle(bundle, why), why)
        return node

    @property
    def declared(self) -> Bundle:
        """The bundle."""
        return self.bundle

    def _judged(self) -> Verdict:
        sharing = sharing_of(self)
        measured = [_measured(case, self._table, sharing) for case in self.bundle.cases]
        for case, each in zip(self.bundle.cases, measured, strict=True):
            if isinstance(each, str):
                return skipped_bundle(self.bundle, f"{case.id}: {each}")
            if isinstance(each, FlopBudgetError):
                return broken_bundle(self.bundle, case.id, each)
        verdict = judge_bundle(self.bundle, [each for each in measured if isinstance(each, Measurement)])
        return self.config.stash[LOCKS].judged(verdict, self.bundle, self._table)


def _measured(case: Case, table: Table, sharing: Sharing) -> Measurement | FlopBudgetError | str:
    """What was counted, why it cannot be, or why the model's own code skips it."""
    try:
        return sharing.measure(case, table)
    except FlopBudgetError as error:
        return error
    except pytest.skip.Exception as skip:
        return skip.msg or _BY_ITSELF
