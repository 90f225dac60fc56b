"""``flopbudget show``: a declaration after templates and inheritance."""

from __future__ import annotations

import click

from pytest_flopbudget.cli.completing import models as known_models
from pytest_flopbudget.cli.editing import find_file
from pytest_flopbudget.cli.exits import AskedWrongly, Exit
from pytest_flopbudget.cli.options import examples, shared
from pytest_flopbudget.cli.showing import show, show_json
from pytest_flopbudget.declaring.finding import find_cases
from pytest_flopbudget.errors import FlopBudgetError
from pytest_flopbudget.report.declaration import ShowRecord, declaration, record

Printed = ShowRecord


@click.command(
    epilog=examples(
        "flopbudget show mobilenet",
        "flopbudget show mobilenet::R96",
        "flopbudget show 'vit.*' --json",
    )
)
@click.argument("models", nargs=-1, required=True, metavar="MODEL...", shell_complete=known_models)
@shared
def command(models: tuple[str, ...], config: str | None, as_json: bool) -> int:
    """Show what is declared of a MODEL once templates, defaults and what it extends are put together.

    MODEL is a declared model, a case of it (net::R96), or a glob. Each case is told as TOML, and behind each limit
    its number and where it stands.
    """
    file = find_file(config)
    try:
        cases = find_cases(file.table, models)
    except FlopBudgetError as error:
        raise AskedWrongly(str(error)) from None
    if as_json:
        printed: ShowRecord = {"schema_version": 1, "file": file.called, "cases": [record(case) for case in cases]}
        show_json(printed)
        return Exit.KEPT
    for number, case in enumerate(cases):
        if number:
            show()
        for line in declaration(case):
            show(line)
    return Exit.KEPT
