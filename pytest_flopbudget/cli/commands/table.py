"""``flopbudget table``: a table of costs for a README or a paper."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypedDict, get_args

import click

from pytest_flopbudget.cli.asking import find_table
from pytest_flopbudget.cli.completing import tables
from pytest_flopbudget.cli.editing import save_all
from pytest_flopbudget.cli.exits import AskedWrongly, Exit
from pytest_flopbudget.cli.measuring import Measured
from pytest_flopbudget.cli.options import examples, shared
from pytest_flopbudget.cli.showing import show, show_json
from pytest_flopbudget.cli.tables import called
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.costs import PaperTable
from pytest_flopbudget.declaring.finding import nearest_or_all
from pytest_flopbudget.errors import shown
from pytest_flopbudget.report.paper_table import Filled, Format, written
from pytest_flopbudget.tabling import filled, stale_files, told_cases


class FilledRecord(TypedDict):
    """A table: its caption, and by model and column the exact number, None where a model lacks the point."""

    caption: str
    rows: dict[str, dict[str, int | None]]


class TableRecord(TypedDict):
    """What ``flopbudget table --json`` prints; ``stale`` are the files that have, or had, other numbers."""

    schema_version: Literal[1]
    tables: dict[str, FilledRecord]
    stale: list[str]


Printed = TableRecord


@click.command(
    epilog=examples(
        "flopbudget table main --format latex",
        "flopbudget table --write        every table, into its files",
        "flopbudget table --check        fails where a file is stale",
    )
)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=tables)
@click.option("--format", "form", type=click.Choice(get_args(Format)), help="How it is printed; markdown if not said.")
@click.option("--write", is_flag=True, help="Write it between its marks in the files that it names.")
@click.option("--check", is_flag=True, help="Fail where one of these files has other numbers.")
@shared
def command(
    names: tuple[str, ...], form: Format | None, write: bool, check: bool, config: str | None, as_json: bool
) -> int:
    """Print the declared tables NAME, or all: a row a model, a unit a column, by which convention and at which input.

    A table is declared in [tool.pytest-flopbudget.tables.NAME].
    """
    if write and check:
        raise AskedWrongly("--write and --check: write the files, or check them")
    if form and (write or check or as_json):
        raise AskedWrongly("--format is for what is printed: a file's own form is told by its suffix")
    table = find_table(config)
    measured = Measured(table)
    chosen = _chosen(table, names)
    measured.chosen([case for each in chosen for case in told_cases(each, table)])
    full = {each.name: filled(each, table, measured) for each in chosen}
    file = called(Path(table.path))
    texts: dict[Path, str] = {}
    asked = chosen if write or check else []
    stale = [one for each in asked for one in stale_files(each, table, full[each.name], file, texts)]
    if write:
        save_all({each.path: (each.into.partition("#")[0], texts[each.path]) for each in stale})
    if as_json:
        record: TableRecord = {
            "schema_version": 1,
            "tables": {name: _record(each) for name, each in full.items()},
            "stale": [each.into for each in stale],
        }
        show_json(record)
    elif not (write or check):
        show("\n".join(written(each, form or "markdown") for each in full.values()).rstrip("\n"))
    else:
        for each in stale:
            show(f"{each.into} is written" if write else str(each))
    return Exit.FAILS if check and stale else Exit.KEPT


def _chosen(table: Table, names: tuple[str, ...]) -> list[PaperTable]:
    known = [each.name for each in table.tables]
    if not known:
        raise AskedWrongly("no table is declared: write one, as in [tool.pytest-flopbudget.tables.main]")
    for name in names:
        if name not in known:
            raise AskedWrongly(f"{shown(name)} is no declared table{nearest_or_all(name, known)}")
    return [each for each in table.tables if not names or each.name in names]


def _record(full: Filled) -> FilledRecord:
    names = [f"{metric}@{point}" if point else metric for metric, point in full.columns]
    return {
        "caption": full.caption(),
        "rows": {model: dict(zip(names, values, strict=True)) for model, values in full.rows.items()},
    }
