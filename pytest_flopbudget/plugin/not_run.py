"""The declared cases that did not run, and the tables whose cases are not known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from pytest_flopbudget.declaring.cases import Bundle, Case, Table
from pytest_flopbudget.errors import Mistake, TableError
from pytest_flopbudget.plugin.choosing import chosen
from pytest_flopbudget.plugin.options import Options
from pytest_flopbudget.plugin.running import Planned
from pytest_flopbudget.plugin.tables import Tables
from pytest_flopbudget.report.results import NotRun

_NOT_REACHED = "deselected, or not reached"


def not_run(
    planned: Iterable[Planned], tables: Tables, options: Options, ran: Mapping[str, Collection[str]]
) -> Iterator[NotRun]:
    """The declared cases of the run's tables that have no verdict.

    Args:
        planned: The tables.
        tables: Tells how their files are called.
        options: The command line's.
        ran: The ids of the cases that have one, by their table's file as it is called.
    """
    for each in planned:
        name = tables.called(each.path)
        for case in each.table.declared if isinstance(each.table, Table) else ():
            if case.id not in ran.get(name, ()):
                yield NotRun(name, case.id, case.place, _why(each, case, tables, options))


def mistakes(planned: Iterable[Planned], tables: Tables) -> dict[str, tuple[Mistake, ...]]:
    """The mistakes of each table that has any, by its file as it is called."""
    return {tables.called(each.path): each.table.mistakes for each in planned if isinstance(each.table, TableError)}


def _why(planned: Planned, case: Case | Bundle, tables: Tables, options: Options) -> str:
    if planned.ignored:
        return "its table is ignored"
    if planned.collect == "never" and not (planned.asked or options.run):
        return 'collect = "never"'
    if not planned.runs:
        return "explicit paths"
    if not chosen(case, tables.names(planned.path), options):
        kept = not options.only or chosen(case, tables.names(planned.path), Options(only=options.only))
        return "--flopbudget-skip" if kept else "--flopbudget-only"
    return _NOT_REACHED
