"""``flopbudget check``: the declared cases without pytest, with the same verdicts and reports."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import click

from pytest_flopbudget.cli.checking import Checked, Wanted, check, report_files
from pytest_flopbudget.cli.completing import models
from pytest_flopbudget.cli.exits import AskedWrongly, Exit
from pytest_flopbudget.cli.options import examples, shared
from pytest_flopbudget.cli.showing import show, with_progress
from pytest_flopbudget.cli.tables import Found, find_tables
from pytest_flopbudget.counting.measurement import Backend
from pytest_flopbudget.judge.verdicts import Level, Verdict
from pytest_flopbudget.report.crosscheck import crosscheck
from pytest_flopbudget.report.failure import body
from pytest_flopbudget.report.files import tells_moments, why_not, write_report
from pytest_flopbudget.report.github import tell_github
from pytest_flopbudget.report.harmless import harmless
from pytest_flopbudget.report.json_report import Report, json_report
from pytest_flopbudget.report.summary import Line, summary

Printed = Report


@click.command(
    epilog=examples(
        "flopbudget check",
        "flopbudget check mobilenet 'vit.*::R224'",
        "flopbudget check --report flops.md --level warn",
    )
)
@click.argument("only", nargs=-1, metavar="[CASE]...", shell_complete=models)
@click.option("--skip", multiple=True, metavar="CASE", shell_complete=models, help="Leave these out; repeatable.")
@click.option("--report", multiple=True, metavar="FILE", help="Write a report: .json, .md or .html; repeatable.")
@click.option("--level", type=click.Choice(get_args(Level)), help="What a limit that is not kept does.")
@click.option("--backend", type=click.Choice(get_args(Backend)), help="How models are counted; beats the table.")
@click.option("--frozen", is_flag=True, help="A case without an entry in the lock fails.")
@click.option("--crosscheck", is_flag=True, help="Count every case by thop too, and explain the difference.")
@click.option("-v", "--verbose", count=True, help="Show every case; twice, its modules too.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing where all is well.")
@shared
def command(
    only: tuple[str, ...],
    skip: tuple[str, ...],
    report: tuple[str, ...],
    level: Level | None,
    backend: Backend | None,
    verbose: int,
    config: str | None,
    **flags: bool,
) -> Exit:
    """Judge the declared cases without pytest.

    CASE is a model, a case (model::point), a table's file, or a glob of these; without any, all are judged, those of
    the members' tables too. The verdicts, the lock and the reports are those of a run of pytest.
    """
    found = find_tables(config)
    files = _files(found, report)
    wanted = Wanted(
        only=only,
        skip=skip,
        level=level,
        backend=backend,
        frozen=flags["frozen"],
        crosscheck=flags["crosscheck"],
        moments=tells_moments(files),
    )
    checked = check(found, wanted, with_progress)
    results = checked.results
    if flags["as_json"]:
        sys.stdout.write(json_report(results))
        _warn(checked.stale)
    else:
        for line in _lines(checked, -1 if flags["quiet"] else verbose):
            show(harmless(line.text), line.colour or "")
    lost = [f"{told} cannot be written: {why}" for path, told in files.items() if (why := write_report(path, results))]
    _warn(lost)
    for text in tell_github(results, Path.cwd(), annotations=not flags["as_json"]):
        click.echo(text, err=flags["as_json"])
    return Exit.FAILS if lost or checked.fails else Exit.KEPT


def _warn(texts: Sequence[str]) -> None:
    for text in texts:
        sys.stderr.write(f"flopbudget: {text}\n")


def _files(found: Sequence[Found], written: Sequence[str]) -> dict[Path, str]:
    """The files of reports, each of which can be written.

    Raises:
        AskedWrongly: One cannot, whatever the check comes to.
    """
    files = report_files(found, written)
    for path, told in files.items():
        if why := why_not(path, told):
            raise AskedWrongly(why)
    return files


def _lines(checked: Checked, verbosity: int) -> Iterator[Line]:
    """What failed, then the summary of a run of pytest."""
    for file, mistakes in checked.results.mistakes.items():
        yield Line(f"{file} has mistakes:", "red")
        yield from (Line(f"  {mistake}") for mistake in mistakes)
        yield Line("")
    for verdict in (each for of_table in checked.groups.values() for each in of_table):
        if verdict.fails:
            yield from _failure(verdict)
    if not checked.groups and not checked.results.mistakes:
        yield Line("no case was judged: none is declared, or all are left out", "yellow")
    yield from summary(checked.groups, verbosity)
    beside = crosscheck(checked.groups, verbosity)
    yield from (Line(""), *beside) if beside else ()
    yield from (Line(text, "red") for text in checked.stale)


def _failure(verdict: Verdict) -> Iterator[Line]:
    yield Line(f"{verdict.case}  {verdict.status}  {verdict.place}", "red")
    yield from (Line(f"  {line}".rstrip()) for line in body(verdict).splitlines())
    yield Line("")
