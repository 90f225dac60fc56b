"""``flopbudget compare``: limits and counts of one time beside those of another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from pytest_flopbudget.cli.exits import AskedWrongly, Exit
from pytest_flopbudget.cli.options import examples, shared
from pytest_flopbudget.cli.showing import show, show_json
from pytest_flopbudget.cli.tables import called, find_tables
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.earlier import Earlier, Kept, find_earlier, state_of_now
from pytest_flopbudget.errors import LockError, RevisionError, did_you_mean
from pytest_flopbudget.files import beside
from pytest_flopbudget.judge.past import Past, compared, remembered
from pytest_flopbudget.judge.raised import Raise, raised
from pytest_flopbudget.report.compared import comparison_lines, reasonless
from pytest_flopbudget.report.comparing_record import ComparisonsRecord, compared_record
from pytest_flopbudget.report.harmless import harmless
from pytest_flopbudget.report.past_report import PastReport
from pytest_flopbudget.report.summary import Line
from pytest_flopbudget.store.revisions import Revision

Printed = ComparisonsRecord


@click.command(
    epilog=examples(
        "flopbudget compare origin/main", "flopbudget compare v1.2 v1.3", "flopbudget compare monday.json today.json"
    )
)
@click.argument("a")
@click.argument("b", required=False)
@shared
def command(a: str, b: str | None, config: str | None, *, as_json: bool) -> Exit:
    """Compare the counts and limits of A with those of B, or with those of now.

    A and B are each a revision (a branch, a tag, a commit), of which the lock and the table are read, or a file:
    another lock, or a JSON report. Without B it is the table as it stands, and its lock. Nothing is counted.
    """
    before, after = _earlier("A", a), None if b is None else _earlier("B", b)
    tables: dict[str, Table] = {}
    if after is not None and not isinstance(before.state, Revision) and not isinstance(after.state, Revision):
        told = _of_files(before.state, after.state)
    else:
        tables = {each.called: each.sound() for each in find_tables(config)}
        told = {name: _of_table(before, after, table, alone=len(tables) == 1) for name, table in tables.items()}
    raises = {name: _raises(*pasts) for name, pasts in told.items()}
    if as_json:
        record: ComparisonsRecord = {
            "schema_version": 1,
            "tables": [
                compared_record(name, *pasts, compared(remembered(pasts[1]), pasts[0]), raises[name])
                for name, pasts in told.items()
            ],
        }
        show_json(record)
    strict = {name for name, table in tables.items() if table.raise_needs_reason}
    for name, pasts in told.items() if not as_json else ():
        if len(told) > 1:
            show(f"{name}:", "bold")
        for line in _lines(*pasts, raises[name], needs_reason=name in strict):
            show(harmless(line.text), line.colour or "")
    return Exit.FAILS if any(reasonless(raises[name]) for name in strict) else Exit.KEPT


def _earlier(argument: str, written: str) -> Earlier:
    here = Path.cwd()
    try:
        return find_earlier(written, here, here, called)
    except LockError as error:
        raise AskedWrongly(f"{argument}: {error}") from None
    except RevisionError as error:
        hint = did_you_mean(written, beside(here / "any"))
        raise AskedWrongly(f"{argument}: there is no file {written!r}, and {error}{hint}") from None


def _of_table(before: Earlier, after: Earlier | None, table: Table, *, alone: bool) -> tuple[Past, Past]:
    then = before.past(table, alone=alone)
    return then, state_of_now(table, called) if after is None else after.past(table, alone=alone)


def _of_files(before: Kept, after: Kept) -> dict[str, tuple[Past, Past]]:
    """Two files side by side, table by table where a report has several.

    Raises:
        AskedWrongly: One of them has several tables, and the other is a lock, which is of one.
    """
    several = next((each for each in (before, after) if isinstance(each, PastReport) and len(each.tables) > 1), None)
    if several is None:
        return {"": (_whole(before), _whole(after))}
    if isinstance(before, Past) or isinstance(after, Past):
        tables = f"{len(several.tables)} tables, and a lock is of one"
        raise AskedWrongly(f"{several.called} has {tables}: compare two reports, or two locks")
    names = sorted({*before.tables, *after.tables})
    return {name: (before.of(name, alone=False), after.of(name, alone=False)) for name in names}


def _whole(kept: Kept) -> Past:
    return kept.of("", alone=True) if isinstance(kept, PastReport) else kept


def _raises(before: Past, after: Past) -> list[Raise]:
    return [] if before.limits is None or after.limits is None else raised(before.limits, after.limits)


def _lines(before: Past, after: Past, raises: list[Raise], *, needs_reason: bool) -> Iterator[Line]:
    yield from (Line(note, "yellow") for note in after.notes if note not in before.notes)
    yield from comparison_lines(before, compared(remembered(after), before), raises, needs_reason=needs_reason)
    gone = sorted(before.entries.keys() - after.entries.keys())
    if gone and after.entries:
        yield Line(f"no longer counted: {', '.join(gone)}", "yellow")
