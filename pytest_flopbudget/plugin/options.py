"""The command line's options, read into one object at the border. Every default is None."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import pytest

from pytest_flopbudget.errors import did_you_mean
from pytest_flopbudget.files import is_file, is_folder
from pytest_flopbudget.plugin.adding import UPDATE, VALUES, written
from pytest_flopbudget.store.surroundings import under_ci

if TYPE_CHECKING:
    from pytest_flopbudget.counting.measurement import Backend
    from pytest_flopbudget.judge.verdicts import Level

Word = TypeVar("Word", bound=str)

Github = Literal["all", "annotations", "summary", "off"]

# Written out: what knows them is not imported for a wrong option alone.
_LEVELS: dict[str, Level] = {"error": "error", "warn": "warn", "off": "off"}
_BACKENDS: dict[str, Backend] = {"auto": "auto", "shapes": "shapes", "execute": "execute", "thop": "thop"}
_GITHUB: dict[str, Github] = {"all": "all", "annotations": "annotations", "summary": "summary", "off": "off"}
_HOW_TO_UPDATE = ("prune", "force")


@dataclass(frozen=True, kw_only=True, slots=True)
class Update:
    """How locks are written anew.

    Args:
        prune: Whether entries that no case uses are taken out.
        force: Whether it is done in a job of continuous integration too.
    """

    prune: bool = False
    force: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What the command line asks for.

    Args:
        run: Whether declared cases run with explicit paths too.
        only: Names and globs of the cases to keep; empty keeps all.
        skip: Names and globs of the cases to leave out.
        level: What the command line says instead of the table's ``level``; None leaves that.
        backend: What the command line says instead of every ``backend``; None leaves those.
        update: How locks are written anew; None leaves them as they are.
        frozen: Whether a case without an entry in its lock fails, whatever the table says.
        crosscheck: Whether every case is counted by thop too, and the two counts are compared.
        compare: The revision or file to compare with; None compares with none.
        history: Whether what the locks said is printed in the place of a run.
        today: The day of the run.
        reports: The absolute files to write reports to, and how each was written.
        github: What GitHub Actions is told where the run is one of its jobs.
        config: The table's file, absolute; None looks for the nearest.
    """

    run: bool = False
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    level: Level | None = None
    backend: Backend | None = None
    update: Update | None = None
    frozen: bool = False
    crosscheck: bool = False
    compare: str | None = None
    history: bool = False
    today: date = field(default_factory=lambda: datetime.now(tz=timezone.utc).date())
    reports: Mapping[Path, str] = field(default_factory=dict)
    github: Github = "all"
    config: Path | None = None

    @property
    def need_a_table(self) -> bool:
        """Whether the options make sense only if there is a table."""
        return any((self.run, self.skip, self.config, self.update, self.compare, self.history))

    @property
    def need_hooks(self) -> bool:
        """Whether the run has something to do with budgets, whatever its tests and tables are."""
        return self.need_a_table or bool(self.reports)


def read_options(config: pytest.Config) -> Options:
    """The options of this run.

    Raises:
        pytest.UsageError: A value is none of its option's.
    """
    _refuse_dashes(config)
    only = tuple(config.getoption("flopbudget_only") or ())
    return Options(
        run=bool(config.getoption("flopbudget")) or bool(only),
        only=only,
        skip=tuple(config.getoption("flopbudget_skip") or ()),
        level=_word("--flopbudget-level", config.getoption("flopbudget_level"), _LEVELS),
        backend=_word("--flopbudget-backend", config.getoption("flopbudget_backend"), _BACKENDS),
        update=_update(config),
        frozen=bool(config.getoption("flopbudget_frozen")),
        crosscheck=bool(config.getoption("flopbudget_crosscheck")),
        compare=config.getoption("flopbudget_compare"),
        history=config.getoption("flopbudget_history") is not None,
        reports={_absolute(config, written): written for written in config.getoption("flopbudget_report") or ()},
        github=_word("--flopbudget-github", config.getoption("flopbudget_github"), _GITHUB) or "all",
        config=_config(config),
    )


def _refuse_dashes(config: pytest.Config) -> None:
    # argparse takes a lone "--" out of an option's value too, and leaves an empty list.
    for name in VALUES:
        value = written(config, name)
        if [] in (value if isinstance(value, list) and value else [value]):
            raise pytest.UsageError(f"{name}: '--' is no value")


def _word(option: str, written: str | None, words: Mapping[str, Word]) -> Word | None:
    if written is None or written in words:
        return words.get(written or "")
    *first, last = words
    meant = did_you_mean(written, words)
    raise pytest.UsageError(f"{option}: {written!r} is none of {', '.join(first)} and {last}{meant}")


def _update(config: pytest.Config) -> Update | None:
    written: str | None = config.getoption("flopbudget_update")
    if written is None:
        return None
    words = [word.strip() for word in written.split(",")] if written else []
    for word in words:
        if word not in _HOW_TO_UPDATE:
            hint = did_you_mean(word, _HOW_TO_UPDATE) or f"; write paths in front of {UPDATE}"
            raise pytest.UsageError(f"{UPDATE}: {word!r} is neither prune nor force{hint}")
    update = Update(prune="prune" in words, force="force" in words)
    if config.getoption("flopbudget_frozen"):
        raise pytest.UsageError(f"{UPDATE}: --flopbudget-frozen forbids it: leave one out")
    if under_ci() and not update.force:
        raise pytest.UsageError(
            f"{UPDATE}: not in a CI job, where nobody would see what changed: run it where you commit, or force it "
            f"with {UPDATE}=force"
        )
    return update


def _config(config: pytest.Config) -> Path | None:
    written: str | None = config.getoption("flopbudget_config")
    if written is None:
        return None
    path = _absolute(config, written)
    if not is_file(path):
        what = "is a folder, not a file" if is_folder(path) else "does not exist"
        raise pytest.UsageError(f"--flopbudget-config: {written} {what}")
    return path


def _absolute(config: pytest.Config, written: str) -> Path:
    # Made absolute as pytest does it: resolving would lose a file that stands behind a link.
    return Path(os.path.abspath(config.invocation_params.dir / written))  # noqa: PTH100
