"""``flopbudget suggest``: limits by what was counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import click

from pytest_flopbudget.cli.completing import models as known_models
from pytest_flopbudget.cli.editing import File, find_file
from pytest_flopbudget.cli.exits import AskedWrongly, Exit
from pytest_flopbudget.cli.headroom import asked_headroom, headroom_option
from pytest_flopbudget.cli.measuring import Measured
from pytest_flopbudget.cli.metrics import asked_metrics
from pytest_flopbudget.cli.options import examples, metric_option, shared
from pytest_flopbudget.cli.showing import show, show_json
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.finding import find_cases
from pytest_flopbudget.declaring.homes import Home, homes_of
from pytest_flopbudget.declaring.proposing import Left, Proposal, Wish, propose, without_python
from pytest_flopbudget.declaring.raising import baseline
from pytest_flopbudget.errors import FlopBudgetError
from pytest_flopbudget.report.proposals import SuggestRecord, as_record, as_toml, changes
from pytest_flopbudget.report.text import counted

Printed = SuggestRecord


@click.command(
    epilog=examples(
        "flopbudget suggest                       what the limits could be, as TOML",
        "flopbudget suggest --write               the same, into pyproject.toml",
        "flopbudget suggest mobilenet -m macs --headroom 2%",
        "flopbudget suggest --baseline --write    today's, where a limit fails",
    )
)
@click.argument("models", nargs=-1, metavar="[MODEL]...", shell_complete=known_models)
@metric_option("METRIC", "On which metric; may be repeated.")
@headroom_option
@click.option("--baseline", "is_baseline", is_flag=True, help="Today's numbers, for limits that fail only.")
@click.option("--write", is_flag=True, help="Write each into its file; nothing else in it changes.")
@shared
def command(
    models: tuple[str, ...],
    metrics: tuple[str, ...],
    headroom: str | None,
    is_baseline: bool,
    write: bool,
    config: str | None,
    as_json: bool,
) -> int:
    """Suggest limits for declared MODELs by what they cost: the count and some headroom, rounded up.

    MODEL is a declared model, a case of it (net::R96), or a glob; without any, all are meant. Limits are suggested on
    the metrics that a case has limits on already, else on macs and params. A number that a count must equal, a share
    of another and a limit of the lock stay as they are.
    """
    if is_baseline and (headroom or metrics):
        raise AskedWrongly("--baseline writes today's numbers for what fails: leave --headroom and --metric out")
    wish = Wish(asked_metrics(metrics), asked_headroom(headroom))
    file = find_file(config)
    homes = homes_of(file.path, file.called)
    wanted, left = _raised(file, models) if is_baseline else _proposed(file, models, wish, homes)
    proposals, in_python = without_python(wanted, homes) if write else (wanted, [])
    left += in_python
    texts = file.written(proposals) if write else {}
    file.save(texts)
    if as_json:
        show_json(as_record(file.called, proposals, left, written=bool(texts)))
    else:
        _tell(file, proposals, left, written=bool(texts))
        if not wanted:
            click.echo("every limit is what it would be", err=True)
    return Exit.FAILS if any(not each.metric for each in left) else Exit.KEPT


def _proposed(
    file: File, models: tuple[str, ...], wish: Wish, homes: Mapping[str, Home]
) -> tuple[list[Proposal], list[Left]]:
    measured = Measured(file.table)
    chosen = measured.chosen(_cases(file, models))
    cases = [case for case in file.table.cases if case.skip is None and not case.swept]
    return propose(chosen, cases, homes, wish, measured)


def _raised(file: File, models: tuple[str, ...]) -> tuple[list[Proposal], list[Left]]:
    measured = Measured(file.table)
    chosen = measured.chosen(_cases(file, models))
    names = {case.id for case in chosen}
    others = [case for case in file.table.cases if case.skip is None and case.id not in names]
    verdicts = [measured.judged(case) for case in chosen]
    proposals, left = baseline(verdicts, [measured.judged(case) for case in others])
    return proposals, [*left, *(Left(each.case, "", each.reasons[0]) for each in verdicts if each.status == "error")]


def _cases(file: File, models: tuple[str, ...]) -> list[Case]:
    try:
        return [case for case in find_cases(file.table, models) if case.skip is None and not case.swept]
    except FlopBudgetError as error:
        raise AskedWrongly(str(error)) from None


def _tell(file: File, proposals: list[Proposal], left: list[Left], *, written: bool) -> None:
    for line in changes(proposals) if written else as_toml(proposals, file.called):
        show(line)
    # What is no TOML goes where a pipe does not take it.
    for each in left:
        what = f"{each.metric} stays: {each.why}" if each.metric else f"not measured: {each.why}"
        click.echo(f"{each.case}: {what}", err=True)
    for name, number in Counter(each.file for each in proposals).items() if written else ():
        show(f"{name} is written: {counted(number, 'limit')}")
