"""The hooks that run in every suite: they look for a table, and let the rest in when one is mentioned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_flopbudget.declare.config import mentions_table
from pytest_flopbudget.plugin.options import Options, read_options

if TYPE_CHECKING:
    import pytest

    from pytest_flopbudget.plugin.hooks import Hooks

MARK = "flop_budget: on every case that is declared in [tool.pytest-flopbudget]; -m flop_budget selects them."


class Doorway:
    """Stands between one run of pytest and the rest of the plugin, which is imported when it is needed."""

    def __init__(self, parser: pytest.Parser) -> None:
        self._parser = parser
        self._options = Options()
        self._hooks: Hooks | None = None
        self._config: pytest.Config | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """Register the mark; if a table is mentioned or asked for, read it.

        Raises:
            pytest.UsageError: An option has a wrong value, or names a case or a table that is not there.
        """
        config.addinivalue_line("markers", MARK)
        if config.getoption("help", default=False) or config.getoption("markers", default=False):
            return
        self._config = config
        self._options = read_options(config)
        if self._options.need_a_table or any(mentions_table(path) for path in tables_above(config)):
            self._open(config)

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect a table's file, whether it was named, appended, or met on pytest's walk."""
        if self._options.config is not None:
            ours = file_path == self._options.config
        else:
            ours = file_path.name == "pyproject.toml" and mentions_table(file_path)
        return self._open(parent.config).collect_table(file_path, parent) if ours else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Let the rest in on xdist's controller too, which collects nothing itself."""
        if self._hooks is None and self._config is not None and "flopbudget" in vars(report):
            self._open(self._config).keep_verdict(report)

    def _open(self, config: pytest.Config) -> Hooks:
        if self._hooks is None:
            from pytest_flopbudget.plugin.hooks import Hooks

            self._hooks = Hooks(config, self._options, self._parser, tables_above(config))
            config.pluginmanager.register(self._hooks, "flopbudget-hooks")
        return self._hooks


def tables_above(config: pytest.Config) -> list[Path]:
    """Every place of a table's file from the invocation's folder up to the root, the nearest first."""
    start = config.invocation_params.dir
    roots = [config.rootpath] if config.inipath is None else [config.rootpath, config.inipath.parent]
    folders = [start, *start.parents]
    above = [folders.index(root) for root in roots if root in folders]
    # A run from above its root, as in `pytest service/tests`, has the root's table.
    below = [root for root in roots if root not in folders]
    return [folder / "pyproject.toml" for folder in dict.fromkeys([*folders[: max(above, default=0) + 1], *below])]
