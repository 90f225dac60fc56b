"""The hooks that run in every suite: they look for a table, and let the rest in when one is mentioned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_flopbudget.declaring.mentions import FILES, mentions_table
from pytest_flopbudget.plugin.adding import is_asked
from pytest_flopbudget.plugin.places import everywhere

if TYPE_CHECKING:
    from pytest_flopbudget.plugin.hooks import Hooks
    from pytest_flopbudget.plugin.options import Options
    from pytest_flopbudget.plugin.surroundings import Surroundings

MARKS = {
    "flop_budget": (
        "flop_budget(macs='4.2 G', params='26 M', modules={...}, level='warn', ...): limits of what the test counts "
        "with the fixture flop_budget. Every case that is declared in [tool.pytest-flopbudget] bears it too; "
        "-m flop_budget selects them all."
    ),
    "flop_cases": (
        "flop_cases(*names): run the test, which takes the fixture flop_case, on declared models and cases, by name "
        "or glob; without names on all."
    ),
}
_FIXTURES = ("flop_budget", "count_flops", "flop_case")


class Doorway:
    """Stands between one run of pytest and the rest of the plugin, which is imported when it is needed."""

    def __init__(self, parser: pytest.Parser) -> None:
        self._parser = parser
        self._options: Options | None = None
        self._hooks: Hooks | None = None
        self._config: pytest.Config | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """Register the marks; if a table is mentioned or asked for, read it.

        Raises:
            pytest.UsageError: An option has a wrong value, or names a case or a table that is not there.
        """
        for text in MARKS.values():
            config.addinivalue_line("markers", text)
        config.stash[DOORWAY] = self
        if config.getoption("help", default=False) or config.getoption("markers", default=False):
            return
        self._config = config
        wanted = is_asked(config) and self._read(config).need_hooks
        if wanted or any(map(mentions_table, everywhere(config))):
            self.opened(config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int | None:
        """Print what was asked for in the place of a run.

        Raises:
            pytest.UsageError: There is nothing of the kind.
        """
        if config.getoption("flopbudget_history") is None or config.getoption("help", default=False):
            return None
        # As pytest's own options do that only list.
        config._do_configure()
        try:
            lines = self.opened(config).look_back(config.getoption("flopbudget_history"))
            writer = config.get_terminal_writer()
            for line in lines:
                writer.line(line)
        finally:
            config._ensure_unconfigure()
        return 0

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect a table's file, whether it was named, appended, or met on pytest's walk."""
        ours = self._hooks is not None and self._hooks.has_table(file_path)
        if not ours and parent.config.getoption("flopbudget_config") is None:
            ours = file_path.name in FILES and mentions_table(file_path)
        return self.opened(parent.config).collect_table(file_path, parent) if ours else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Let the rest in on xdist's controller too, which collects nothing itself."""
        if self._hooks is None and self._config is not None and "flopbudget" in vars(report):
            self.opened(self._config).keep_verdicts(report)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give a test that takes ``flop_case`` its cases."""
        if _takes_a_case(metafunc):
            self.opened(metafunc.config).parametrize(metafunc)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Let the rest in where a test is marked or takes a fixture of ours."""
        if self._hooks is None and any(map(_is_ours, items)):
            self.opened(config)

    def opened(self, config: pytest.Config) -> Hooks:
        """The hooks of a run that has to do with budgets."""
        if self._hooks is None:
            from pytest_flopbudget.plugin.importing import import_plainly

            config.add_cleanup(import_plainly(config.pluginmanager.rewrite_hook))
            from pytest_flopbudget.plugin.hooks import Hooks

            self._hooks = Hooks(config, self._read(config), self._parser)
            config.pluginmanager.register(self._hooks.course, "flopbudget-course")
            config.pluginmanager.register(self._hooks.reporting, "flopbudget-reporting")
            config.pluginmanager.register(self._hooks, "flopbudget-hooks")
            config.pluginmanager.register(self._hooks.marked, "flopbudget-marked")
        return self._hooks

    def _read(self, config: pytest.Config) -> Options:
        """The command line's options, read when they first count for something."""
        if self._options is None:
            from pytest_flopbudget.plugin.options import read_options

            self._options = read_options(config)
        return self._options


DOORWAY = pytest.StashKey[Doorway]()


def asking(request: pytest.FixtureRequest) -> Surroundings:
    """What the test that takes a fixture asks of its run."""
    return request.config.stash[DOORWAY].opened(request.config).marked.around(request.node)


def _is_ours(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    return any(map(item.get_closest_marker, MARKS)) or any(name in names for name in _FIXTURES)


def _takes_a_case(metafunc: pytest.Metafunc) -> bool:
    """Whether a test takes the fixture of ours, and not its project's own or a parameter of that name."""
    found = metafunc._arg2fixturedefs.get("flop_case", ())
    return bool(found) and found[-1].func.__module__ == "pytest_flopbudget.plugin.fixtures"
