"""``flopbudget init``: a first budget."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import Literal, TypedDict

import click

from pytest_flopbudget.cli.asking import Options, Subject, find_subject
from pytest_flopbudget.cli.editing import save
from pytest_flopbudget.cli.exits import AskedWrongly, Exit
from pytest_flopbudget.cli.headroom import USUAL, asked_headroom, headroom_option
from pytest_flopbudget.cli.limiting import read_option
from pytest_flopbudget.cli.measuring import Measured
from pytest_flopbudget.cli.options import examples, shared
from pytest_flopbudget.cli.showing import show, show_json
from pytest_flopbudget.cli.starting import Start, as_limits, file_of, refuse_known
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.declaring.homes import Home
from pytest_flopbudget.declaring.kinds import Name
from pytest_flopbudget.declaring.model_files import has_inputs
from pytest_flopbudget.declaring.proposing import USUAL as METRICS_ASKED
from pytest_flopbudget.declaring.proposing import Wish, propose
from pytest_flopbudget.declaring.root import read_unlimited
from pytest_flopbudget.judge.verdicts import Status, Verdict
from pytest_flopbudget.quantities import format_quantity
from pytest_flopbudget.report.headline import headline


class StartedRecord(TypedDict):
    """A case of the new declaration; its counts are in their metrics' units."""

    id: str
    status: Status
    reasons: list[str]
    metrics: dict[str, int]


class InitRecord(TypedDict):
    """What ``flopbudget init --json`` prints."""

    schema_version: Literal[1]
    file: str
    model: str
    cases: list[StartedRecord]


Printed = InitRecord


@click.command(
    epilog=examples(
        "flopbudget init                                   asks for all that it needs",
        "flopbudget init model.py:Net 1x3x224x224 --yes",
        "flopbudget init shop.models:net 1x3xRxR R=96,160 --name net --yes",
    )
)
@click.argument("factory", required=False)
@click.argument("words", nargs=-1, metavar="[INPUT]...")
@click.option("--kwargs", multiple=True, metavar="NAME=VALUE", help="A keyword argument of the factory.")
@click.option("--name", help="What the model is called; the factory's name where not said.")
@headroom_option
@click.option("--yes", is_flag=True, help="Ask nothing, and write the file.")
@shared
def command(
    factory: str | None,
    words: tuple[str, ...],
    kwargs: tuple[str, ...],
    name: str | None,
    headroom: str | None,
    yes: bool,
    config: str | None,
    as_json: bool,
) -> int:
    """Write a first budget: declare the model that FACTORY makes at INPUT, with limits a little above what it costs.

    What is not said is asked for, unless there is no terminal or --yes is given. The declaration goes to the end of the
    table's file, which is pyproject.toml where there is none yet; whatever stands there stays as it is.
    """
    asks = not (yes or as_json) and sys.stdin.isatty()
    path, called = file_of(config)
    if factory is None:
        factory = _asked("The model, as model.py:Net or package.module:callable", asks)
    if not words and not has_inputs(factory):
        words = tuple(_asked("The shape of its input, as 1x3x224x224", asks).split())
    subject = find_subject(Table(path=str(path)), factory, words, Options(kwargs=kwargs))
    name = name or _usual_name(subject, asks)
    read_option("--name", Name(), name)
    refuse_known(path, name)
    if headroom is None and asks:
        headroom = click.prompt("How far above its cost a limit is to be", default=USUAL)
    start = Start(path, called, name, subject)
    declaration, text, verdicts = _written(start, asked_headroom(headroom))
    if not as_json:
        _tell_counts(verdicts)
        show("\n".join(("", *declaration, "")))
    if asks and not click.confirm(f"Write this into {called}?", default=True):
        return Exit.KEPT
    save(path, text, called)
    if as_json:
        show_json(_record(start, verdicts))
    else:
        show(f"{called} is written. Run pytest: it fails when the model outgrows a limit.")
    return Exit.FAILS if any(each.fails for each in verdicts) else Exit.KEPT


def _usual_name(subject: Subject, asks: bool) -> str:
    """The factory's name, or another that is told when asked for."""
    usual = subject.case.model.rpartition(".")[2].lower()
    return str(click.prompt("What it is to be called", default=usual)) if asks else usual


def _asked(question: str, asks: bool) -> str:
    if not asks:
        raise AskedWrongly("say which model, and its input: flopbudget init model.py:Net 1x3x224x224")
    return str(click.prompt(question)).strip()


def _written(start: Start, headroom: Fraction) -> tuple[list[str], str, list[Verdict]]:
    """The declaration with its limits, the file with it, and what becomes of its cases under them.

    Raises:
        FlopBudgetError: The model cannot be measured.
    """
    table, cases = start.cases()
    measured = Measured(table)
    for case in cases:
        measured(case)
    home = {start.name: Home(start.called, ("models", start.name))}
    proposals, _ = propose(cases, cases, home, Wish(METRICS_ASKED, headroom), measured)
    limits = as_limits(proposals)
    text = start.text(limits)
    finished = read_unlimited(start.file, start.called, text)
    return start.declaration(limits), text, [measured.judged(case) for case in _of(finished, start.name)]


def _of(table: Table | None, name: str) -> list[Case]:
    return [] if table is None else [case for case in table.cases if case.model == name]


def _tell_counts(verdicts: list[Verdict]) -> None:
    for each in verdicts:
        counts = ", ".join(
            format_quantity(each.metrics[metric], METRICS[metric].unit)
            for metric in METRICS_ASKED
            if metric in each.metrics
        )
        show(f"{each.case}: {counts}" + (f"; {headline(each)}" if each.fails else ""))


def _record(start: Start, verdicts: list[Verdict]) -> InitRecord:
    return {
        "schema_version": 1,
        "file": start.called,
        "model": start.name,
        "cases": [
            {"id": each.case, "status": each.status, "reasons": list(each.reasons), "metrics": dict(each.metrics)}
            for each in verdicts
        ],
    }
