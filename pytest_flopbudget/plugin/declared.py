"""The test items of a table: a declared model at one point, and a bundle of several."""

from __future__ import annotations

import os
import warnings
from abc import abstractmethod
from pathlib import Path

import pytest

from pytest_flopbudget.deciding import Deciding, as_failed, as_skipped, why_skipped
from pytest_flopbudget.declaring.cases import Bundle, Case, Table
from pytest_flopbudget.declaring.tracebacks import one_line
from pytest_flopbudget.errors import FlopBudgetWarning, Place
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.plugin.locking import LOCKS
from pytest_flopbudget.plugin.properties import forget_properties, set_properties
from pytest_flopbudget.plugin.shared import sharing_of
from pytest_flopbudget.report.failure import failure
from pytest_flopbudget.report.headline import headline, warning

_ROOTS = ("pyproject.toml::", "flopbudget.toml::")


class Placed(pytest.Item):
    """An item that a table declares at a place."""

    @property
    @abstractmethod
    def place(self) -> Place:
        """Where the table declares it."""

    @property
    def line(self) -> int:
        """Where it stands, counted from 1."""
        return self.place.line

    @property
    def file(self) -> Path:
        """The file that it stands in: its table's, or one that this includes."""
        return Path(os.path.normpath(self.config.invocation_params.dir / self.place.path))


class Declared(Placed):
    """What a table declares: it is measured once, and all its limits are judged together.

    Its verdict is there once it ran, or at once for what is to be skipped.
    """

    verdict: Verdict | None
    _table: Table
    _crosscheck: bool

    @property
    @abstractmethod
    def declared(self) -> Case | Bundle:
        """What the table declares."""

    @property
    def table(self) -> Table:
        """The table that declares it."""
        return self._table

    @property
    def headline(self) -> str:
        """What the short summary says."""
        return headline(self.verdict) if self.verdict is not None else ""

    @property
    def place(self) -> Place:
        """Where the table declares it."""
        return self.declared.place

    def setup(self) -> None:
        """Begin without the verdict of an earlier run."""
        self.verdict = None

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

    def note_failure(self, error: BaseException, when: str) -> None:
        """Note what failed it before it was judged: its setup, a timeout, or what the model's code raised to stop it.

        Reports would otherwise tell of a run without a failure.
        """
        if when == "setup" or (when == "call" and self.verdict is None):
            why = f"its test failed before it was judged: {one_line(error, ())}"
            self.verdict = as_failed(self.declared, why)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Its place, the line counted from 0, and a heading, with the file of any table but the root's."""
        name = next((self.nodeid[len(root) :] for root in _ROOTS if self.nodeid.startswith(root)), self.nodeid)
        return self.file, self.line - 1, f"flop budget of {name}"

    def _judged(self) -> Verdict:
        deciding = Deciding(sharing_of(self), self.config.stash[LOCKS], self._crosscheck)
        return deciding.verdict(self.declared, self._table)

    def _note_skip(self) -> None:
        """Let pytest skip what is declared to be skipped: its verdict is there at once."""
        why = why_skipped(self.declared)
        if why is not None:
            self.verdict = as_skipped(self.declared, why)
            self.add_marker(pytest.mark.skip(reason=why))

    def _warn(self, verdict: Verdict) -> None:
        try:
            warnings.warn_explicit(FlopBudgetWarning(warning(verdict)), None, filename=str(self.file), lineno=self.line)
        except FlopBudgetWarning:
            # The user turned warnings into errors: the case fails then, and says all there is to say.
            self.verdict = failing = verdict.failing()
            raise failure(failing) from None


class DeclaredCase(Declared):
    """A declared model at one point."""

    case: Case

    @classmethod
    def of(cls, parent: pytest.Collector, case: Case, table: Table, *, crosscheck: bool) -> DeclaredCase:
        """The item for one case; whether thop counts it too."""
        node = cls.from_parent(parent, name=case.point_name)
        node.case, node._table, node._crosscheck, node.verdict = case, table, crosscheck, None
        node._note_skip()
        return node

    @property
    def declared(self) -> Case:
        """The case."""
        return self.case


class DeclaredBundle(Declared):
    """Several declared models in one firmware."""

    bundle: Bundle

    @classmethod
    def of(cls, parent: pytest.Collector, bundle: Bundle, table: Table) -> DeclaredBundle:
        """The item for one bundle; it is skipped where it, or one of its cases, is."""
        node = cls.from_parent(parent, name=bundle.id)
        node.bundle, node._table, node._crosscheck, node.verdict = bundle, table, False, None
        node._note_skip()
        return node

    @property
    def declared(self) -> Bundle:
        """The bundle."""
        return self.bundle
