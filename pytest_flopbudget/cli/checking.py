"""The declared cases of a project without pytest: which are asked for, and what each comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.cli.showing import aside
from pytest_flopbudget.cli.tables import Found, called
from pytest_flopbudget.counting.measurement import Backend
from pytest_flopbudget.deciding import Deciding
from pytest_flopbudget.declaring.cases import Bundle, Case, Table
from pytest_flopbudget.declaring.choosing import hint_if_unmatched, is_chosen, on_day
from pytest_flopbudget.declaring.costs import PaperTable
from pytest_flopbudget.earlier import recorded
from pytest_flopbudget.errors import FlopBudgetError, TableError
from pytest_flopbudget.judge.tolerance import day_of_now
from pytest_flopbudget.judge.verdicts import Level, Verdict
from pytest_flopbudget.locking import Locks
from pytest_flopbudget.report.history import moments
from pytest_flopbudget.report.results import NotRun, Reached, Results, results
from pytest_flopbudget.report.text import listed
from pytest_flopbudget.sharing import Sharing
from pytest_flopbudget.tabling import filled, stale_files

Progress = Callable[[Sequence["Planned"], str], Iterable["Planned"]]

_MOST_FILES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What is asked of a check.

    Args:
        only: Names and globs of the cases to keep; empty keeps all.
        skip: Names and globs of the cases to leave out.
        level: What beats every ``level`` of the tables; None leaves those.
        backend: What beats every ``backend``; None leaves those.
        frozen: Whether a case without an entry in its lock fails, whatever the table says.
        crosscheck: Whether thop counts every case too.
        moments: Whether a report tells what cases cost at earlier commits.
    """

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    level: Level | None = None
    backend: Backend | None = None
    frozen: bool = False
    crosscheck: bool = False
    moments: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """A case or a bundle that is to be checked."""

    table: Table
    file: str
    declared: Case | Bundle


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check has come to.

    Args:
        results: All of it, as reports are given it.
        groups: The verdicts by the file of their table, in the order in which they are declared.
        stale: What is the matter with tables of costs whose files have other numbers, a line each.
    """

    results: Results
    groups: Mapping[str, Sequence[Verdict]]
    stale: Sequence[str] = ()

    @property
    def fails(self) -> bool:
        """Whether a case fails, a table has mistakes, or one of costs is stale."""
        return bool(self.results.mistakes or self.stale) or any(verdict.fails for verdict in self.results.verdicts)


def check(found: Sequence[Found], wanted: Wanted, progress: Progress) -> Checked:
    """Judge every case that is asked for.

    What the models' own code prints goes to the error output: the output is the command's.

    Args:
        found: The project's tables.
        wanted: What is asked.
        progress: Goes through what is planned.

    Raises:
        AskedWrongly: A name or glob fits no case.
    """
    tables = [_as_wanted(each, wanted) for each in found]
    _refuse_unmatched(tables, wanted)
    planned = [each for table in tables for each in _planned(table) if _is_wanted(each, wanted)]
    sharing = Sharing()
    deciding = Deciding(sharing, Locks(called, is_frozen=wanted.frozen), wanted.crosscheck)
    groups: dict[str, list[Verdict]] = {}
    for each in progress(planned, "judging"):
        sharing.let_go_but_for(each.declared, each.table)
        with aside():
            verdict = deciding.verdict(each.declared, each.table)
        groups.setdefault(each.file, []).append(verdict)
    read = [each.table for each in tables if isinstance(each.table, Table)]
    past = recorded(read, called) if wanted.moments else {}
    reached = [
        Reached(file, verdict, moments(past.get(file, ()), verdict.case))
        for file, verdicts in groups.items()
        for verdict in verdicts
    ]
    mistakes = {each.called: each.table.mistakes for each in tables if isinstance(each.table, TableError)}
    stale = [line for each in tables for line in _stale(each, wanted, sharing)]
    return Checked(results(reached, _not_run(tables, wanted), mistakes), groups, stale)


def _as_wanted(found: Found, wanted: Wanted) -> Found:
    """A table whose cases have the levels of the day, and what the command line says of them."""
    table = found.table
    if isinstance(table, TableError):
        return found
    today = day_of_now()
    cases = {
        case.id: replace(on_day(case, today, wanted.level), backend=wanted.backend or case.backend)
        for case in table.cases
    }
    bundles = (
        replace(on_day(each, today, wanted.level), cases=tuple(cases[case.id] for case in each.cases))
        for each in table.bundles
    )
    return replace(found, table=replace(table, cases=tuple(cases.values()), bundles=tuple(bundles)))


def _planned(found: Found) -> Iterator[Planned]:
    if isinstance(found.table, Table):
        for declared in found.table.declared:
            yield Planned(found.table, found.called, declared)


def _is_wanted(each: Planned, wanted: Wanted) -> bool:
    return is_chosen(each.declared, [each.file], wanted.only, wanted.skip)


def _stale(found: Found, wanted: Wanted, sharing: Sharing) -> Iterator[str]:
    """What is the matter with a table's tables of costs."""
    table = found.table
    if isinstance(table, TableError):
        return
    for each in table.tables_in_files:
        if not is_chosen(each, [found.called], wanted.only, wanted.skip):
            continue
        try:
            with aside():
                full = filled(each, table, lambda case: sharing.measure(case, table))
            yield from map(str, stale_files(each, table, full, found.called, {}))
        except FlopBudgetError as error:
            yield f"{each.id}: {str(error).partition(chr(10))[0]}"


def _refuse_unmatched(found: Sequence[Found], wanted: Wanted) -> None:
    """A name that fits no case would silently check nothing; a table with mistakes may have any."""
    if any(isinstance(each.table, TableError) for each in found):
        return
    cases: list[tuple[Case | Bundle | PaperTable, list[str]]] = []
    for table in found:
        cases += [(each.declared, [each.file]) for each in _planned(table)]
        cases += [(each, [table.called]) for each in table.sound().tables_in_files]
    for option, patterns in (("CASE", wanted.only), ("--skip", wanted.skip)):
        for pattern in patterns:
            hint = hint_if_unmatched(pattern, cases)
            if hint is not None:
                files = [each.called for each in found]
                where = listed(files) if len(files) <= _MOST_FILES else f"{len(files)} tables"
                raise AskedWrongly(f"{option}: no case of {where} matches {pattern!r}{hint}")


def _not_run(found: Sequence[Found], wanted: Wanted) -> Iterator[NotRun]:
    for each in (planned for table in found for planned in _planned(table)):
        if not _is_wanted(each, wanted):
            kept = is_chosen(each.declared, [each.file], wanted.only, ())
            yield NotRun(each.file, each.declared.id, each.declared.place, "--skip" if kept else "not asked for")


def report_files(found: Sequence[Found], written: Sequence[str]) -> dict[Path, str]:
    """The files of reports, each as messages call it: those that are asked for, or else the root table's own."""
    if written:
        return {Path.cwd() / each: f"--report: {each}" for each in written}
    return {
        Path(path): f"{each.called}: report: {called(Path(path))}"
        for each in found
        if not each.is_member and isinstance(each.table, Table)
        for path in each.table.report
    }
