"""The course of one run: which tests passed and failed, and whether it was all there is to run."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pytest_flopbudget.plugin.kept import worker_of
from pytest_flopbudget.plugin.places import root

_PARTIAL = "flopbudget_partial"
_AGAIN = "flopbudget_again"
# Among the outcomes of a test: that its own code was run, which `--setup-only` and what stops a run leave out.
_CALLED = "called"


@dataclass(slots=True, eq=False)
class Course:
    """Hooks that look on, in a run by itself and on xdist's controller.

    Args:
        config: pytest's.
        is_partial: Whether some tests of the files that ran were left out, by whatever means.
        crashed: Whether a worker died.
    """

    config: pytest.Config
    is_partial: bool = False
    crashed: bool = False
    _session: pytest.Session | None = None
    _collected: int = 0
    _again: int = 0
    _outcomes: dict[tuple[Path, str], frozenset[str]] = field(default_factory=dict)
    _files: dict[str, Path] = field(default_factory=dict)
    _workers: dict[tuple[Path, str], str] = field(default_factory=dict)
    _kept: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Of a file, names choose some of its tests; so does running the last failures first, without a word.
        asked = any("::" in argument for argument in self.config.args)
        self.is_partial = asked or bool(self.config.getoption("lf", default=False))

    def pytest_itemcollected(self) -> None:
        """Count what is collected."""
        self._collected += 1

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note whether something that was collected is left out; a worker tells xdist's controller."""
        self.is_partial |= self._collected != len(session.items) and not self._is_controller()
        self._again = len(session.items) - len({item.nodeid for item in session.items})
        output = getattr(self.config, "workeroutput", None)
        if isinstance(output, dict):
            output[_PARTIAL], output[_AGAIN] = self.is_partial, self._again

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Keep the session: xdist's controller has one too, and learns from its workers how many tests there are."""
        self._session = session

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that could not be collected."""
        self.is_partial |= report.failed

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object, error: object) -> None:
        """Learn what one of xdist's workers left out, and whether it died."""
        output = getattr(node, "workeroutput", {})
        self.is_partial |= bool(output.get(_PARTIAL))
        self._again = max(self._again, output.get(_AGAIN, 0))
        self.crashed |= error is not None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what became of a test in each of its phases; one that is run again begins anew."""
        test = self._parts(report.nodeid)
        if report.when == "setup":
            self._begin(test, worker_of(report))
        told = {report.outcome, _CALLED} if report.when == "call" else {report.outcome}
        outcomes = self._outcomes.get(test, frozenset()) | told
        # Few tests differ in them: they share one.
        self._outcomes[test] = self._kept.setdefault(outcomes, outcomes)

    def _begin(self, test: tuple[Path, str], worker: str) -> None:
        if worker and self._workers.setdefault(test, worker) != worker:
            # Under `--dist=each` every worker runs it: what failed in one of them failed.
            return
        self._outcomes.pop(test, None)

    @property
    def went_through(self) -> bool:
        """Whether every test that was to run had its turn, whatever the run's exit status says."""
        # One that was collected twice is told as one.
        return self._session is not None and len(self._outcomes) + self._again >= self._session.testscollected

    def failed(self, nodeid: str) -> bool:
        """Whether a test failed in any phase."""
        return "failed" in self._outcomes.get(self._parts(nodeid), ())

    def ran_file(self, path: Path) -> bool:
        """Whether any test of a file had its turn."""
        return path in self._files.values()

    def passed(self, path: Path, test: str) -> bool | None:
        """Whether a test of a file passed; None where it had no turn."""
        outcomes = self._outcomes.get((path, test))
        return None if outcomes is None else outcomes == {"passed", _CALLED}

    def _is_controller(self) -> bool:
        """Whether others collect and run: xdist's workers."""
        return self.config.pluginmanager.hasplugin("dsession")

    def _parts(self, nodeid: str) -> tuple[Path, str]:
        file, _, test = nodeid.partition("::")
        if file not in self._files:
            self._files[file] = Path(os.path.normpath(root(self.config) / file))
        return self._files[file], test
