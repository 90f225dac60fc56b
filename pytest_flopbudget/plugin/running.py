"""Which declared cases a run has: its tables, and whether their files are among what pytest collects."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import Collect, Table
from pytest_flopbudget.declaring.choosing import files_named
from pytest_flopbudget.errors import TableError
from pytest_flopbudget.plugin.arguments import coming_by, is_ignored, names_asked
from pytest_flopbudget.plugin.choosing import check_names, chosen
from pytest_flopbudget.plugin.options import Options
from pytest_flopbudget.plugin.places import above, parts, starts
from pytest_flopbudget.plugin.tables import Tables
from pytest_flopbudget.report.headline import TABLE
from pytest_flopbudget.report.text import counted, listed


@dataclass(slots=True)
class Planned:
    """A table of the run and what becomes of it.

    Args:
        path: Its file.
        table: What was read from that.
        collect: When its cases are collected; of a member that says nothing, when those of the root's table are.
        named_by: The file of the table that it is a member of; None for one of the run's own.
        asked: Whether the command line names its file, or one by which it is a member.
        runs: Whether its cases are to be collected.
        ignored: Whether pytest is told to pass its file by.
        met: Whether pytest came by its file.
    """

    path: Path
    table: Table | TableError
    collect: Collect
    named_by: Path | None = None
    asked: bool = False
    runs: bool = False
    ignored: bool = False
    met: bool = False

    @property
    def is_missed(self) -> bool:
        """Whether its cases are not collected though nothing in the table keeps them from it."""
        return not self.runs and self.collect != "never"


class Plan:
    """The tables of a run: the nearest above all that it is about, their members, and those that options name.

    Args:
        options: The command line's.
        tables: Reads files.
        explicit: Whether the command line names paths.

    Raises:
        pytest.UsageError: The options ask for a table or a case that is not there.
    """

    def __init__(self, options: Options, tables: Tables, *, explicit: bool) -> None:
        self._options = options
        self._tables = tables
        self._explicit = explicit
        self._decided = False
        self._planned: dict[Path, Planned] = {}
        for path in _paths(options, tables, explicit=explicit):
            self._add(path, "auto")
        if self._planned:
            check_names(list(self._planned), tables, options)

    @property
    def planned(self) -> tuple[Planned, ...]:
        """Every table of the run."""
        return tuple(self._planned.values())

    def reports(self) -> Iterator[tuple[Path, tuple[str, ...]]]:
        """The run's own tables, and the files that each wants reports in; a member's are those of its own runs."""
        for each in self._planned.values():
            if each.named_by is None and isinstance(each.table, Table):
                yield each.path, each.table.report

    def has(self, path: Path) -> bool:
        """Whether a file has a table of the run, by whatever name."""
        return path in self._planned

    def tables(self) -> list[Table | TableError]:
        """The run's tables."""
        return [each.table for each in self._planned.values()]

    def append(self, config: pytest.Config) -> None:
        """Add the tables' files to what is collected, if their cases are wanted and pytest would not come by them.

        Called in every process that has a command line: xdist hands its workers the invocation's arguments.
        """
        self._decided = True
        for each in self._planned.values():
            comes, loses = coming_by(config, each.path)
            names = names_asked(config, each.path)
            named = bool(names)
            each.asked = () in names or self._comes_with_root(each)
            each.ignored = not named and is_ignored(config, each.path)
            each.runs = (comes or named or each.asked or self._is_wanted(each)) and not each.ignored
            comes = comes or (named and not self._options.run)
            if each.runs and (loses or not comes):
                # Before version 9, pytest runs a case twice that is named beside its file.
                config.args[:] = [arg for arg in config.args if parts(config, arg)[0] != each.path]
                # Relative where it can be: a path with brackets in a folder's name is taken for parameters.
                config.args.append(os.path.relpath(each.path, config.invocation_params.dir))

    def collects(self, path: Path, table: Table | TableError, session: pytest.Session) -> bool:
        """Whether a file that pytest comes by is collected: ``collect = "never"`` must be asked for."""
        planned = self._planned.get(path)
        if planned is not None:
            planned.met = True
        collect = _collect(table, "auto") if planned is None else planned.collect
        asked = planned is not None and planned.asked
        return collect != "never" or asked or self._options.run or session.isinitpath(path)

    def passed_by(self) -> list[str]:
        """The files that were to be collected and were not met, now that all is collected.

        A ``collect_ignore`` in a folder's own conftest.py is not known before that.
        """
        return [str(each.path) for each in self._planned.values() if each.runs and not each.met]

    def note_ignored(self, paths: Iterable[str]) -> None:
        """Note what was passed by, here or on one of xdist's workers."""
        passed_by = set(map(Path, paths))
        for each in self._planned.values():
            if each.path in passed_by:
                each.runs, each.ignored = False, True

    def last_line(self) -> str | None:
        """What to say when declared cases did not run though nothing in their tables keeps them from it."""
        missed = [each for each in self._planned.values() if each.is_missed] if self._decided else []
        number = sum(self._number(each) for each in missed)
        broken = [self._mistakes(each) for each in missed if isinstance(each.table, TableError)]
        if not number and not broken:
            return None
        told = counted(number, "declared case") if number else "the declared cases"
        whys = [f"{self._tables.called(each.path)} is ignored" for each in missed if each.ignored]
        way_out = ""
        if len(whys) < len(missed):
            whys.insert(0, "explicit paths")
            way_out = "; add --flopbudget"
        told += f" did not run ({', '.join(whys)})"
        return f"flopbudget: {told}{', and ' + listed(broken) if broken else ''}{way_out}"

    def _add(self, path: Path, inherited: Collect, named_by: Path | None = None) -> None:
        """Plan a table and its members, each once."""
        table = self._tables.read(path)
        if table is None or path in self._planned:
            return
        collect = _collect(table, inherited)
        self._planned[path] = Planned(path, table, collect, named_by)
        if isinstance(table, Table):
            for member in table.members:
                self._add(Path(member), collect, path)

    def _comes_with_root(self, each: Planned) -> bool:
        """Whether a member is collected since the file that names it is, unless it keeps to itself."""
        root = None if each.named_by is None else self._planned[each.named_by]
        keeps = isinstance(each.table, Table) and each.table.collect == "never"
        return root is not None and root.asked and not keeps

    def _is_wanted(self, each: Planned) -> bool:
        return self._options.run or each.collect == "always" or (each.collect == "auto" and not self._explicit)

    def _number(self, each: Planned) -> int:
        """How many of a table's cases the options leave in."""
        cases = each.table.declared if isinstance(each.table, Table) else ()
        return sum(chosen(case, self._tables.names(each.path), self._options) for case in cases)

    def _mistakes(self, each: Planned) -> str:
        called = TABLE if len(self._planned) == 1 else self._tables.called(each.path)
        mistakes = each.table.mistakes if isinstance(each.table, TableError) else ()
        return f"{called} has {counted(len(mistakes), 'mistake')}"


def _collect(table: Table | TableError, inherited: Collect) -> Collect:
    """When a table's cases are collected; mistakes keep a table from saying so, and must be seen."""
    if isinstance(table, TableError) or table.collect == "auto":
        return inherited
    return table.collect


def _paths(options: Options, tables: Tables, *, explicit: bool) -> list[Path]:
    """The files of the run's own tables: without paths, the invocation's folder is what the run is about, too."""
    config = tables.config
    if options.config is not None:
        if tables.read(options.config) is None:
            raise pytest.UsageError(f"--flopbudget-config: {options.config} has no table {TABLE}")
        return [options.config]
    here = [config.invocation_params.dir, config.rootpath]
    folders = starts(config) if explicit else [here[0], *starts(config)]
    found = list(_nearest(folders, tables)) or list(_nearest(here, tables))[:1]
    found += files_named(options.only, config.invocation_params.dir)
    if not found and options.need_a_table:
        raise pytest.UsageError(_no_table(options, above(config, folders[0])))
    return found


def _nearest(folders: Sequence[Path], tables: Tables) -> Iterator[Path]:
    return (path for path in map(tables.nearest, folders) if path is not None)


def _no_table(options: Options, sought: Sequence[Path]) -> str:
    option = "--flopbudget-only" if options.only else "--flopbudget" if options.run else "--flopbudget-skip"
    option = option if options.run or options.skip else "--flopbudget-update"
    up = "" if sought[0].parent == sought[-1].parent else f" or above it, up to {sought[-1].parent},"
    return (
        f"{option}: no pyproject.toml in {sought[0].parent}{up} has a table {TABLE}; "
        "--flopbudget-config=PATH names another file"
    )
