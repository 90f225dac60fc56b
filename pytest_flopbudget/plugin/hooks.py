"""The hooks of a run that has a table: which cases run, and what is told of them."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.plugin.arguments import paths_are_named
from pytest_flopbudget.plugin.choosing import chosen
from pytest_flopbudget.plugin.declared import Declared
from pytest_flopbudget.plugin.failing import begin_at_the_case, tell
from pytest_flopbudget.plugin.items import BrokenTable, DeclaredTable
from pytest_flopbudget.plugin.marked import Marked
from pytest_flopbudget.plugin.options import Options
from pytest_flopbudget.plugin.reporting import Reporting
from pytest_flopbudget.plugin.running import Plan
from pytest_flopbudget.plugin.tables import NO_TABLE, Tables
from pytest_flopbudget.report.crosscheck import crosscheck
from pytest_flopbudget.report.harmless import harmless
from pytest_flopbudget.report.record import from_record, to_record
from pytest_flopbudget.report.summary import summary

_TOLD_AFTER = (
    pytest.ExitCode.OK,
    pytest.ExitCode.TESTS_FAILED,
    pytest.ExitCode.INTERRUPTED,
    pytest.ExitCode.NO_TESTS_COLLECTED,
)
_PASSED_BY = "flopbudget_passed_by"


class Hooks:
    """State and hooks of one run.

    Args:
        config: pytest's.
        options: The command line's.
        parser: pytest's, for the invocation's own arguments.

    Raises:
        pytest.UsageError: The options ask for a table or a case that is not there.
    """

    def __init__(self, config: pytest.Config, options: Options, parser: pytest.Parser) -> None:
        self._config = config
        self._options = options
        self._tables = Tables(config, options.config, options.backend)
        self._verdicts: dict[str, dict[str, Verdict]] = {}
        self.marked = Marked(self._tables, options)
        self._plan = Plan(options, self._tables, explicit=paths_are_named(config, parser))
        self.reporting = Reporting(options, self._tables, self._plan, self._by_table)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """Add the tables' files to what is collected."""
        self._plan.append(session.config)

    def has_table(self, path: Path) -> bool:
        """Whether a file has one of the run's tables, by whatever name."""
        return self._plan.has(path)

    def collect_table(self, path: Path, parent: pytest.Collector) -> DeclaredTable | None:
        """The node for a file that mentions a table; None if it has none, or keeps to itself."""
        table = self._tables.read(path)
        if table is None or not self._plan.collects(path, table, parent.session):
            return None
        return DeclaredTable.of(parent, path, table, self._options)

    def parametrize(self, metafunc: pytest.Metafunc) -> None:
        """Give a test that takes ``flop_case`` its cases."""
        # Imported here: what builds and measures is of no use to other runs.
        from pytest_flopbudget.plugin.flop_cases import parametrize

        parametrize(metafunc, self._tables)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Deselect what ``--flopbudget-only`` and ``--flopbudget-skip`` leave out; all files were met by now."""
        if not session.testsfailed:
            self._note_passed_by()
        out: list[pytest.Item] = []
        kept: list[pytest.Item] = []
        for item in items:
            left_out = isinstance(item, Declared) and not chosen(
                item.declared, self._tables.names(item.path), self._options
            )
            (out if left_out else kept).append(item)
        if out:
            items[:] = kept
            self._config.hook.pytest_deselected(items=out)

    def _note_passed_by(self) -> None:
        """Note which tables pytest did not come by, and send it to xdist's controller, which collects nothing."""
        passed_by = self._plan.passed_by()
        self._plan.note_ignored(passed_by)
        output = getattr(self._config, "workeroutput", None)
        if isinstance(output, dict):
            output[_PASSED_BY] = passed_by

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Learn what one of xdist's workers did not come by."""
        self._plan.note_ignored(getattr(node, "workeroutput", {}).get(_PASSED_BY, ()))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Send the verdict along with the report: it reaches the controller wherever the case ran."""
        if isinstance(item, Declared) and call.excinfo is not None:
            begin_at_the_case(call.excinfo)
        report = yield
        if isinstance(item, (BrokenTable, Declared)) and call.excinfo is not None and report.failed:
            tell(call.excinfo, report, item.headline, (item.path, item.line))
        if isinstance(item, Declared) and item.verdict is not None and (report.when == "call" or report.skipped):
            vars(report)["flopbudget"] = [to_record(item.verdict)]
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the verdicts of this process or of xdist's workers; a test run again has those of its last run."""
        if report.when == "setup":
            self._verdicts.pop(report.nodeid, None)
        self.keep_verdicts(report)

    def keep_verdicts(self, report: pytest.TestReport) -> None:
        """Keep the verdicts that a report brings, each case's last."""
        for verdict in map(from_record, vars(report).get("flopbudget", ())):
            self._verdicts.setdefault(report.nodeid, {})[verdict.case] = verdict

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the summary: it stands above pytest's short one, which has the failures' headlines."""
        if self._config.getoption("no_summary", default=False):
            return
        groups, verbosity = self._by_table(), self._config.get_verbosity()
        sections = {"flop budgets": summary(groups, verbosity), "thop beside ours": crosscheck(groups, verbosity)}
        for heading, lines in sections.items():
            if lines:
                terminalreporter.write_sep("=", heading)
            for line in lines:
                terminalreporter.write_line(harmless(line.text), **({line.colour: True} if line.colour else {}))

    def _by_table(self) -> dict[str, list[Verdict]]:
        """The verdicts of each table that counts for some: a declared case's own, a test's nearest."""
        groups: dict[str, list[Verdict]] = {}
        for nodeid, verdicts in self._verdicts.items():
            path = self._tables.of_node(nodeid)
            name = NO_TABLE if path is None else self._tables.called(path)
            groups.setdefault(name, []).extend(verdicts.values())
        # In one order also where xdist's workers report as they come.
        return dict(sorted(groups.items(), key=lambda group: (group[0] == NO_TABLE, Path(group[0]).parent.parts)))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, exitstatus: int) -> Generator[None, None, None]:
        """Say as the run's very last line that declared cases did not run; the worst failure is a silent one."""
        yield
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        line = self._plan.last_line()
        if reporter is None or line is None or exitstatus not in _TOLD_AFTER or self._config.option.collectonly:
            return
        reporter.write_line(line, yellow=True)
