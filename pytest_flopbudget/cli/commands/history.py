"""``flopbudget history``: what the locks said of a model, commit by commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from pytest_flopbudget.cli.completing import models
from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.cli.options import examples, shared
from pytest_flopbudget.cli.showing import show, show_json
from pytest_flopbudget.cli.tables import called, find_tables
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.errors import RevisionError, did_you_mean
from pytest_flopbudget.report.history import HistoryRecord, history_lines, history_record
from pytest_flopbudget.store.history import Recorded, history

Printed = HistoryRecord


@click.command(
    epilog=examples("flopbudget history mobilenet", "flopbudget history mobilenet::R96", "flopbudget history --json")
)
@click.argument("model", required=False, default="", shell_complete=models)
@shared
def command(model: str, config: str | None, *, as_json: bool) -> None:
    """Print what the lock said of a model, commit by commit.

    MODEL is a model, a case (model::point), or a glob of these; without it, all of the lock is told. Nothing is
    counted: the numbers are those that were committed.
    """
    found = find_tables(config)
    tables = [each.table for each in found if isinstance(each.table, Table)]
    locks = [Path(table.lock.path) for table in tables if table.lock is not None]
    if not locks:
        for each in found:
            each.sound()
        raise AskedWrongly("no table keeps a lock: write lock = 'flopbudget.lock.json' in [tool.pytest-flopbudget]")
    recorded = {called(lock): _history(lock, model) for lock in locks}
    told = {lock: each for lock, each in recorded.items() if any(at.counts or at.problem for at in each)}
    if not told:
        raise AskedWrongly(_nothing(model, locks))
    if as_json:
        record: HistoryRecord = {
            "schema_version": 1,
            "locks": {lock: history_record(each) for lock, each in told.items()},
        }
        show_json(record)
    else:
        _print(told)


def _history(lock: Path, model: str) -> tuple[Recorded, ...]:
    try:
        return history(lock, [model] if model else [])
    except RevisionError as error:
        raise AskedWrongly(str(error)) from None


def _nothing(model: str, locks: Sequence[Path]) -> str:
    names = ", ".join(map(called, locks))
    if not model:
        return f"no commit of {names} has a case"
    known = {name for lock in locks for at in _history(lock, "") for case in at.counts for name in (case, _model(case))}
    return f"no commit of {names} has a case {model!r}{did_you_mean(model, sorted(known))}"


def _model(case: str) -> str:
    return case.partition("::")[0]


def _print(told: Mapping[str, Sequence[Recorded]]) -> None:
    for lock, recorded in told.items():
        if len(told) > 1:
            show(f"{lock}:", "bold")
        for line in history_lines(recorded):
            show(line)
