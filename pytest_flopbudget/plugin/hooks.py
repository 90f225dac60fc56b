"""The hooks of a run that has a table: which cases run, and what is told of them."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.locking import Locks
from pytest_flopbudget.plugin.arguments import paths_are_named
from pytest_flopbudget.plugin.choosing import chosen
from pytest_flopbudget.plugin.comparing import Comparing
from pytest_flopbudget.plugin.course import Course
from pytest_flopbudget.plugin.declared import Declared
from pytest_flopbudget.plugin.failing import begin_at_the_case, tell
from pytest_flopbudget.plugin.items import ITEMS, DeclaredTable
from pytest_flopbudget.plugin.kept import Kept
from pytest_flopbudget.plugin.locking import LOCKS, NO_LOCK, keeps_or_may_keep
from pytest_flopbudget.plugin.looking_back import look_back
from pytest_flopbudget.plugin.marked import Marked
from pytest_flopbudget.plugin.options import Options, Update
from pytest_flopbudget.plugin.papers import DeclaredPaper
from pytest_flopbudget.plugin.reporting import Reporting
from pytest_flopbudget.plugin.running import Plan
from pytest_flopbudget.plugin.same import for_workers
from pytest_flopbudget.plugin.sending import Post, is_told_again
from pytest_flopbudget.plugin.shared import SHARING
from pytest_flopbudget.plugin.tables import NO_TABLE, Tables
from pytest_flopbudget.plugin.updating import Updating
from pytest_flopbudget.report.crosscheck import crosscheck
from pytest_flopbudget.report.harmless import harmless
from pytest_flopbudget.report.summary import Line, summary
from pytest_flopbudget.sharing import Sharing

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
        self._kept = Kept()
        self._locks = config.stash[LOCKS] = Locks(
            self._tables.called, is_update=options.update is not None, is_frozen=options.frozen
        )
        self.course = Course(config)
        self._updating = Updating(self._locks, self._tables, self.course)
        self._comparing = Comparing(self._tables, options)
        self._post = Post()
        self.marked = Marked(self._tables, options, self._post)
        config.stash[SHARING] = self._sharing = Sharing()
        self._plan = Plan(options, self._tables, explicit=paths_are_named(config, parser))
        if options.update is not None and not any(map(keeps_or_may_keep, self._plan.tables())):
            raise pytest.UsageError(NO_LOCK)
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
        return DeclaredTable.of(parent, path, table, self._options, self._tables.called(path))

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
            left_out = isinstance(item, (Declared, DeclaredPaper)) and not chosen(
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
    def pytest_configure_node(self, node: object) -> None:
        """Tell one of xdist's workers which cases functions declare here."""
        getattr(node, "workerinput", {}).update(for_workers(self._tables.read_ones()))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Learn what one of xdist's workers did not come by."""
        self._plan.note_ignored(getattr(node, "workeroutput", {}).get(_PASSED_BY, ()))

    def pytest_runtest_teardown(self, nextitem: pytest.Item | None) -> None:
        """Let go of each model whose last point in a row has run, and after the last item of what was counted too."""
        if isinstance(nextitem, Declared):
            self._sharing.let_go_but_for(nextitem.declared, nextitem.table)
        elif nextitem is None:
            self._sharing.end()
        else:
            self._sharing.let_go()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Send the verdict along with the report: it reaches the controller wherever the case ran."""
        if isinstance(item, (Declared, DeclaredPaper)) and call.excinfo is not None:
            begin_at_the_case(call.excinfo)
        report = yield
        if isinstance(item, ITEMS) and call.excinfo is not None and report.failed:
            tell(call.excinfo, report, item.headline, (item.file, item.line))
        if isinstance(item, Declared) and call.excinfo is not None and report.failed:
            item.note_failure(call.excinfo.value, call.when)
        if isinstance(item, Declared) and item.verdict is not None and (report.when == "call" or not report.passed):
            self._post.send(report, [item.verdict])
        return report

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the verdicts of this process or of xdist's workers; a test run again has those of its last run."""
        if hasattr(self._config, "workerinput") or is_told_again(report):
            # A worker's controller keeps them.
            return
        if report.when == "setup":
            self._kept.begin(report)
        self.keep_verdicts(report)

    def keep_verdicts(self, report: pytest.TestReport) -> None:
        """Keep the verdicts that a report brings, each case's last."""
        self._kept.keep(report, self._post.received(report))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the summary: it stands above pytest's short one, which has the failures' headlines."""
        if self._config.getoption("no_summary", default=False):
            return
        groups, verbosity = self._by_table(), self._config.get_verbosity()
        sections = {
            "flop budgets compared": self._compared(),
            "flop budgets": summary(groups, verbosity, today=self._options.today),
            "thop beside ours": crosscheck(groups, verbosity),
            "flop budget locks": [Line(line) for line in self._on_locks(verbosity)],
        }
        for heading, lines in sections.items():
            if lines:
                terminalreporter.write_sep("=", heading)
            for line in lines:
                terminalreporter.write_line(harmless(line.text), **({line.colour: True} if line.colour else {}))

    def look_back(self, case: str) -> list[str]:
        """What the locks of the run's tables said of a case, or of all, commit by commit.

        Raises:
            pytest.UsageError: There is nothing to tell.
        """
        return look_back(self._tables, self._plan.tables(), case)

    def _compared(self) -> list[Line]:
        """What there is to tell of an earlier state; raised limits are told before anything else."""
        return self._comparing.told(self._kept.by_test(), self._plan.tables())

    def _update(self, session: pytest.Session, update: Update) -> None:
        if self._config.option.collectonly:
            return
        self._updating.finish(update, self._kept.by_test(), session)
        if self._updating.went_wrong:
            fail_run(session)

    def _by_table(self) -> dict[str, list[Verdict]]:
        """The verdicts of each table that counts for some: a declared case's own, a test's nearest."""
        groups: dict[str, list[Verdict]] = {}
        for nodeid, verdicts in self._kept.by_test().items():
            path = self._tables.of_node(nodeid)
            name = NO_TABLE if path is None else self._tables.called(path)
            groups.setdefault(name, []).extend(verdicts.values())
        # In one order also where xdist's workers report as they come.
        return dict(sorted(groups.items(), key=lambda group: (group[0] == NO_TABLE, Path(group[0]).parent.parts)))

    def _on_locks(self, verbosity: int) -> list[str]:
        """What there is to tell of the locks: what was written is told in any case."""
        told, self._updating.lines = self._updating.lines, []
        return told or ([*self._updating.unused_lines(self._kept.by_test())] if verbosity >= 0 else [])

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
        """Write the locks, and say as the run's very last line that declared cases did not run.

        The worst failure is a silent one: what becomes of a lock is told here where there is no summary.
        """
        if self._options.update is not None and not hasattr(self._config, "workerinput"):
            self._update(session, self._options.update)
        if not hasattr(self._config, "workerinput") and self._comparing.fails(self._plan.tables()):
            fail_run(session)
        yield
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None:
            return
        for told in self._updating.lines:
            reporter.write_line(told)
        line = self._plan.last_line()
        if line is None or exitstatus not in _TOLD_AFTER or self._config.option.collectonly:
            return
        reporter.write_line(line, yellow=True)


def fail_run(session: pytest.Session) -> None:
    """Let a run fail whose tests all passed."""
    if session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
