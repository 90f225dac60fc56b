"""``flopbudget fit``: the largest size at which every limit holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from pytest_flopbudget.cli.asking import Subject, title_of
from pytest_flopbudget.cli.completing import targets
from pytest_flopbudget.cli.exits import AskedWrongly, Exit
from pytest_flopbudget.cli.fitting import Fit, FitRecord, fit_record, show_fit
from pytest_flopbudget.cli.limiting import asked_limits, held_to, option_of, refuse_unknown_dimensions
from pytest_flopbudget.cli.metrics import asked_target
from pytest_flopbudget.cli.options import Asked, asks_for_a_model, examples, shared
from pytest_flopbudget.cli.scanning import Reading, points_of, scan, varied
from pytest_flopbudget.cli.showing import show, show_json
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.errors import FlopBudgetError
from pytest_flopbudget.judge.judging import judge
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.targets import Target
from pytest_flopbudget.judge.verdicts import Verdict

Function = TypeVar("Function", bound=Callable[..., object])

EXAMPLES = examples(
    "flopbudget fit model.py:Net 1x3xRxR R=32:1024:16 --macs 60M",
    "flopbudget fit mobilenet R=32:512:8 --target nucleo",
    "flopbudget fit model.py:Net 1x3xRxR R=32:512:16 --peak-activation-bytes 2MiB",
)
Printed = FitRecord


def _limits(function: Function) -> Function:
    """An option for a limit on each metric."""
    units = {"B": "bytes", "MAC/s": "MACs a second", "µs": "s, ms or µs"}
    for name, metric in reversed(METRICS.items()):
        told = f"At most this, in {units.get(metric.unit, f'{metric.unit}s')}."
        option = click.option(option_of(name), name, metavar="LIMIT", help=told)
        function = option(function)
    return function


@click.command(epilog=EXAMPLES)
@asks_for_a_model
@_limits
@click.option(
    "--target",
    "names",
    multiple=True,
    metavar="NAME",
    shell_complete=targets,
    help="A declared target, whose limits must hold.",
)
@shared
def command(
    asked: Asked,
    names: tuple[str, ...],
    as_json: bool,
    **written: str | None,
) -> int:
    """Find the largest size at which every limit holds: INPUT has a named dimension, and R=32:1024:16 its sizes.

    Every size is measured and judged as a declared case is: cost need not rise with the size, so nothing is taken for
    granted. Told are the largest size, the limit that binds, and the size above it that fails, and by how much.
    """
    limits = asked_limits(written)
    targets = [found for name in dict.fromkeys(names) if (found := asked_target(asked.table, name))]
    if not limits and not targets:
        raise AskedWrongly("no limit: write one, as in --macs 60M, or --target with the name of a declared target")
    subject = asked.subject(open_sizes=True)
    dimension = varied(subject, most=1)[0]
    all_limits = (*limits, *(limit for target in targets for limit in target.limits))
    refuse_unknown_dimensions(all_limits, tuple(subject.sizes))
    readings = _judged(subject, limits, targets)
    _refuse_unknown(readings)
    fit = Fit(sorted(readings, key=lambda each: each.point[dimension]))
    if as_json:
        show_json(fit_record(subject.case, dimension, fit))
    else:
        show(f"{title_of(subject.case)}, {len(readings):,} sizes of {dimension}", "bold")
        show_fit(fit)
    return Exit.FAILS if fit.largest is None else Exit.KEPT


def _refuse_unknown(readings: list[Reading[Verdict]]) -> None:
    """Refuse limits that can be judged at no size, as a time without a target: no size would be said to hold them."""
    verdicts = [each.found for each in readings if each.found is not None]
    if all(each.status == "error" for each in verdicts):
        raise FlopBudgetError("; ".join(verdicts[0].reasons))


def _judged(subject: Subject, limits: tuple[Limit, ...], targets: list[Target]) -> list[Reading[Verdict]]:
    from pytest_flopbudget.engine import references

    def verdict(case: Case, measurement: Measurement) -> Verdict:
        held = held_to(case, limits, targets)
        return judge(held, measurement, references(held, subject.table))

    return scan(subject, points_of(subject), verdict)
