"""The command line's options, read into one object at the border. Every default is None."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_flopbudget.errors import did_you_mean

if TYPE_CHECKING:
    from pytest_flopbudget.judge.verdicts import Level

_CASES = (
    "a model, a case (model::point), a table's file (services/a/pyproject.toml), a model or case of it "
    "(services/a/pyproject.toml::model), or a glob of these"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What the command line asks for.

    Args:
        run: Whether declared cases run with explicit paths too.
        only: Names and globs of the cases to keep; empty keeps all.
        skip: Names and globs of the cases to leave out.
        level: What the command line says instead of the table's ``level``; None leaves that.
        config: The table's file, absolute; None looks for the nearest.
    """

    run: bool = False
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    level: Level | None = None
    config: Path | None = None

    @property
    def need_a_table(self) -> bool:
        """Whether the options make sense only if there is a table."""
        return self.run or bool(self.skip) or self.config is not None


def add_options(parser: pytest.Parser) -> None:
    """Add the plugin's options to pytest's."""
    group = parser.getgroup("flopbudget", "FLOP budgets of declared models")
    group.addoption(
        "--flopbudget",
        action="store_true",
        default=None,
        help="run the declared cases, also when the command line names other paths",
    )
    group.addoption(
        "--flopbudget-only",
        action="append",
        default=None,
        metavar="CASE",
        help=f"of the declared cases run these only: {_CASES}; repeatable; implies --flopbudget",
    )
    group.addoption(
        "--flopbudget-skip",
        action="append",
        default=None,
        metavar="CASE",
        help=f"leave these declared cases out: {_CASES}; repeatable",
    )
    group.addoption(
        "--flopbudget-level",
        default=None,
        metavar="LEVEL",
        help="what a limit that is not kept does: error, warn or off; beats the table",
    )
    group.addoption(
        "--flopbudget-config",
        default=None,
        metavar="PATH",
        help="the TOML file that has the table [tool.pytest-flopbudget]; by default the nearest pyproject.toml. "
        "Write '=' before a path, not a blank: pytest looks for its root before it knows this option, and would take "
        "the path for one to collect from",
    )


def read_options(config: pytest.Config) -> Options:
    """The options of this run.

    Raises:
        pytest.UsageError: A value is none of its option's.
    """
    only = tuple(config.getoption("flopbudget_only") or ())
    return Options(
        run=bool(config.getoption("flopbudget")) or bool(only),
        only=only,
        skip=tuple(config.getoption("flopbudget_skip") or ()),
        level=_level(config.getoption("flopbudget_level")),
        config=_config(config),
    )


def _level(written: str | None) -> Level | None:
    levels: dict[str, Level] = {"error": "error", "warn": "warn", "off": "off"}
    if written is None or written in levels:
        return levels.get(written or "")
    meant = did_you_mean(written, levels)
    raise pytest.UsageError(f"--flopbudget-level: {written!r} is none of error, warn and off{meant}")


def _config(config: pytest.Config) -> Path | None:
    written: str | None = config.getoption("flopbudget_config")
    if written is None:
        return None
    # Made absolute as pytest does it: resolving would lose a file that stands behind a link.
    path = Path(os.path.abspath(config.invocation_params.dir / written))  # noqa: PTH100
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "does not exist"
        raise pytest.UsageError(f"--flopbudget-config: {written} {what}")
    return path
