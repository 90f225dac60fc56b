"""Reports of a run: where they go is checked before it, and they are written when it is over."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from pytest_flopbudget.earlier import recorded
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.plugin.not_run import mistakes, not_run
from pytest_flopbudget.plugin.options import Options
from pytest_flopbudget.plugin.running import Plan
from pytest_flopbudget.plugin.tables import NO_TABLE, Tables
from pytest_flopbudget.report.files import tells_moments, why_not, write_report
from pytest_flopbudget.report.github import tell_github
from pytest_flopbudget.report.history import moments
from pytest_flopbudget.report.results import Reached, Results, results

Groups = Callable[[], Mapping[str, Sequence[Verdict]]]


class Reporting:
    """Writes the reports of one run, in the process that has all verdicts.

    Args:
        options: The command line's.
        tables: The run's tables.
        plan: Which declared cases the run has.
        groups: Gives the verdicts reached so far, by the file of their table.

    Raises:
        pytest.UsageError: A report cannot be written, whatever the run comes to.
    """

    def __init__(self, options: Options, tables: Tables, plan: Plan, groups: Groups) -> None:
        self._options = options
        self._tables = tables
        self._plan = plan
        self._groups = groups
        self._files = {} if _writes_nothing(tables.config) else _files(options, tables, plan)
        for path, told in self._files.items():
            if why := why_not(path, told):
                raise pytest.UsageError(why)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Write the reports; one that cannot be written fails the run, which would be green without a trace of it."""
        yield
        if _writes_nothing(session.config):
            return
        found = self.results()
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        lost = [
            f"{told} cannot be written: {why}"
            for path, told in self._files.items()
            if (why := write_report(path, found))
        ]
        for text in (*self._for_github(found), *(f"flopbudget: {each}" for each in lost)):
            if reporter is not None:
                reporter.write_line(text)
        if lost and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _for_github(self, found: Results) -> Iterator[str]:
        return tell_github(
            found,
            self._tables.config.invocation_params.dir,
            annotations=self._options.github in {"all", "annotations"},
            summary=self._options.github in {"all", "summary"},
        )

    def results(self) -> Results:
        """All that the run has come to so far."""
        groups = self._groups()
        ran = {name: {verdict.case for verdict in verdicts} for name, verdicts in groups.items()}
        past = recorded(self._tables.read_ones(), self._tables.called) if tells_moments(self._files) else {}
        return results(
            [
                Reached("" if name == NO_TABLE else name, verdict, moments(past.get(name, ()), verdict.case))
                for name, verdicts in groups.items()
                for verdict in verdicts
            ],
            not_run(self._plan.planned, self._tables, self._options, ran),
            mistakes(self._plan.planned, self._tables),
        )


def _writes_nothing(config: pytest.Config) -> bool:
    """Whether this is one of xdist's workers, or nothing is run."""
    return hasattr(config, "workerinput") or bool(config.option.collectonly)


def _files(options: Options, tables: Tables, plan: Plan) -> dict[Path, str]:
    """The files to write, each as messages call it: those that the command line names, or else the tables'."""
    if options.reports:
        return {path: f"--flopbudget-report: {written}" for path, written in options.reports.items()}
    return {
        Path(path): f"{tables.called(file)}: report: {tables.called(Path(path))}"
        for file, paths in plan.reports()
        for path in paths
    }
