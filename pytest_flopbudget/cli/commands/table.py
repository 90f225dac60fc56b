"""``flopbudget table``: a table of costs for a README or a paper."""

from __future__ import annotations

from typing import get_args

import click

from pytest_flopbudget.cli.asking import find_table
from pytest_flopbudget.cli.editing import save, text_of
from pytest_flopbudget.cli.exits import AskedWrongly, Exit
from pytest_flopbudget.cli.filling import filled
from pytest_flopbudget.cli.measuring import Measured
from pytest_flopbudget.cli.options import examples, shared
from pytest_flopbudget.cli.showing import show, show_json
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.costs import PaperTable
from pytest_flopbudget.declaring.finding import nearest_or_all
from pytest_flopbudget.errors import shown
from pytest_flopbudget.report.paper_table import Filled, Format, written
from pytest_flopbudget.store.marks import between

_FORMS: dict[str, Format] = {".md": "markdown", ".tex": "latex", ".csv": "csv"}


@click.command(
    epilog=examples(
        "flopbudget table main --format latex",
        "flopbudget table --write        every table, into its files",
        "flopbudget table --check        fails where a file is stale",
    )
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
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
    full = {each.name: filled(each, table, measured) for each in _chosen(table, names)}
    stale: list[str] = []
    for each in (each for each in table.tables if each.name in full and (write or check)):
        stale += [called for called in each.into if _is_stale(table, called, full[each.name], write=write)]
    if as_json:
        show_json({"tables": {name: _record(each) for name, each in full.items()}, "stale": stale})
    elif not (write or check):
        show("\n".join(written(each, form or "markdown") for each in full.values()).rstrip("\n"))
    else:
        for called in stale:
            show(f"{called} is written" if write else f"{called} is stale: flopbudget table --write")
    return Exit.FAILS if check and stale else Exit.KEPT


def _chosen(table: Table, names: tuple[str, ...]) -> list[PaperTable]:
    known = [each.name for each in table.tables]
    if not known:
        raise AskedWrongly("no table is declared: write one, as in [tool.pytest-flopbudget.tables.main]")
    for name in names:
        if name not in known:
            raise AskedWrongly(f"{shown(name)} is no declared table{nearest_or_all(name, known)}")
    return [each for each in table.tables if not names or each.name in names]


def _is_stale(table: Table, into: str, full: Filled, *, write: bool) -> bool:
    """Whether a file has another table than today's; if asked to, it is written."""
    called, _, mark = into.partition("#")
    path = table.folder / called
    part = written(full, _FORMS[path.suffix.casefold()])
    # A file without marks is the table's alone, and may be still to come.
    before = text_of(path, called) if mark or path.is_file() else ""
    after = between(before, mark, part, called) if mark else part
    if after != before and write:
        save(path, after, called)
    return after != before


def _record(full: Filled) -> dict[str, object]:
    names = [f"{metric}@{point}" if point else metric for metric, point in full.columns]
    return {
        "caption": full.caption(),
        "rows": {model: dict(zip(names, values, strict=True)) for model, values in full.rows.items()},
    }
