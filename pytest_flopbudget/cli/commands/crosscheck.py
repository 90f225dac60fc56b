"""``flopbudget crosscheck``: our count beside thop's, and what explains the difference."""

from __future__ import annotations

import sys
from typing import Literal, TypedDict

import click

from pytest_flopbudget.cli.asking import input_of, title_of
from pytest_flopbudget.cli.exits import Exit
from pytest_flopbudget.cli.options import Asked, asks_for_a_model, examples, shared
from pytest_flopbudget.cli.showing import aside, show, show_json, width
from pytest_flopbudget.report.comparison_record import ComparisonRecord, comparison_record
from pytest_flopbudget.report.crosscheck import comparison_rows

EXAMPLES = examples(
    "flopbudget crosscheck model.py:Net 1x3x224x224",
    "flopbudget crosscheck mobilenet::R96 --by cause",
)


class CrosscheckRecord(TypedDict):
    """What ``flopbudget crosscheck --json`` prints."""

    schema_version: Literal[1]
    factory: str
    input: str
    comparison: ComparisonRecord


Printed = CrosscheckRecord


@click.command(epilog=EXAMPLES)
@asks_for_a_model
@click.option("--by", type=click.Choice(("module", "cause")), default="module", help="What has a line of its own.")
@shared
def command(
    asked: Asked,
    by: str,
    as_json: bool,
) -> int:
    """Count FACTORY's model at INPUT twice, by us and by thop, and explain where the two differ.

    What a line explains is thop's number less ours; the lines add up to the whole difference, exactly.
    """
    subject = asked.subject()
    case = subject.one()

    from pytest_flopbudget import engine

    with aside():
        comparison = engine.crosscheck(case, subject.table, engine.measure(case, subject.table))
    if isinstance(comparison, str):
        sys.stderr.write(f"flopbudget: {comparison}\n")
        return Exit.FAILS
    if as_json:
        record: CrosscheckRecord = {
            "schema_version": 1,
            "factory": case.factory,
            "input": input_of(case),
            "comparison": comparison_record(comparison),
        }
        show_json(record)
        return Exit.KEPT
    show(f"{title_of(case)}, beside {comparison.counter}:", "bold")
    for line in comparison_rows(comparison, by_module=by == "module", width=width()):
        show(line)
    return Exit.KEPT
