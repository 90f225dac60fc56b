"""The hooks of a run that has a table: which cases run, and what is told of them."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.plugin.failing import begin_at_the_case, tell
from pytest_flopbudget.plugin.items import BrokenTable, DeclaredCase, DeclaredTable
from pytest_flopbudget.plugin.options import Options
from pytest_flopbudget.plugin.running import Plan, paths_are_named
from pytest_flopbudget.plugin.tables import Tables, chosen
from pytest_flopbudget.report.record import from_record, to_record
from pytest_flopbudget.report.summary import summary

_TOLD_AFTER = (
    pytest.ExitCode.OK,
    pytest.ExitCode.TESTS_FAILED,
    pytest.ExitCode.INTERRUPTED,
    pytest.ExitCode.NO_TESTS_COLLECTED,
)


class Hooks:
    """State and hooks of one run.

    Args:
        config: pytest's.
        options: The command line's.
        parser: pytest's, for the invocation's own arguments.
        above: The files that may have the run's table, the nearest first.

    Raises:
        pytest.UsageError: The options ask for a table or a case that is not there.
    """

    def __init__(self, config: pytest.Config, options: Options, parser: pytest.Parser, above: list[Path]) -> None:
        self._config = config
        self._options = options
        self._tables = Tables()
        self._verdicts: dict[str, Verdict] = {}
        explicit = paths_are_named(config, parser)
        self._plan = Plan(options, self._tables, above, explicit=explicit)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """Add the table's file to what is collected."""
        self._plan.append(session.config)

    def collect_table(self, path: Path, parent: pytest.Collector) -> DeclaredTable | None:
        """The node for a file that mentions a table; None if it has none, or keeps to itself."""
        table = self._tables.read(path)
        if table is None or not self._plan.collects(path, table, parent.session):
            return None
        return DeclaredTable.of(parent, path, table, self._options)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Deselect what ``--flopbudget-only`` and ``--flopbudget-skip`` leave out."""
        out: list[pytest.Item] = []
        kept: list[pytest.Item] = []
        for item in items:
            left_out = isinstance(item, DeclaredCase) and not chosen(item.case, item.path, self._options)
            (out if left_out else kept).append(item)
        if out:
            items[:] = kept
            self._config.hook.pytest_deselected(items=out)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Send the verdict along with the report: it reaches the controller wherever the case ran."""
        if isinstance(item, DeclaredCase) and call.excinfo is not None:
            begin_at_the_case(call.excinfo)
        report = yield
        if isinstance(item, (BrokenTable, DeclaredCase)) and call.excinfo is not None and report.failed:
            tell(item, call.excinfo, report)
        if isinstance(item, DeclaredCase) and item.verdict is not None and (report.when == "call" or report.skipped):
            vars(report)["flopbudget"] = to_record(item.verdict)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the verdicts of this process or of xdist's workers; a case run again has its last."""
        self.keep_verdict(report)

    def keep_verdict(self, report: pytest.TestReport) -> None:
        """Keep the verdict that a report brings."""
        record = vars(report).get("flopbudget")
        if record is not None:
            self._verdicts[report.nodeid] = from_record(record)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the summary: it stands above pytest's short one, which has the failures' headlines."""
        if self._config.getoption("no_summary", default=False):
            return
        lines = summary(list(self._verdicts.values()), self._config.get_verbosity())
        if lines:
            terminalreporter.write_sep("=", "flop budgets")
        for line in lines:
            terminalreporter.write_line(line.text, **({line.colour: True} if line.colour else {}))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, exitstatus: int) -> Generator[None, None, None]:
        """Say as the run's very last line that declared cases did not run; the worst failure is a silent one."""
        yield
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        line = self._plan.last_line()
        if reporter is None or line is None or exitstatus not in _TOLD_AFTER or self._config.option.collectonly:
            return
        reporter.write_line(line, yellow=True)
