"""``flopbudget sweep``: what a model costs over one or two dimensions."""

from __future__ import annotations

from pathlib import Path

import click

from pytest_flopbudget.cli.asking import title_of
from pytest_flopbudget.cli.editing import save
from pytest_flopbudget.cli.exits import AskedWrongly, Exit
from pytest_flopbudget.cli.metrics import asked_metrics, asked_target, values
from pytest_flopbudget.cli.options import Asked, asks_for_a_model, examples, shared, tells_metrics
from pytest_flopbudget.cli.plotting import picture_of, refuse_plot
from pytest_flopbudget.cli.scanning import points_of, scan, varied
from pytest_flopbudget.cli.showing import show, show_json
from pytest_flopbudget.cli.sweeping import Sweep, SweepRecord, csv_of, show_sweep, sweep_record
from pytest_flopbudget.errors import shown

EXAMPLES = examples(
    "flopbudget sweep model.py:Net 1x3xRxR R=96:320:32",
    "flopbudget sweep model.py:Net 1x3xHxW H=480,720 W=640:1280:160 --csv out.csv",
    "flopbudget sweep model.py:Net 1x3xRxR R=96:320:8 --plot cost.svg",
    "flopbudget sweep mobilenet R=96:224:8 --metric arena_bytes --target board",
)

Printed = SweepRecord


@click.command(epilog=EXAMPLES)
@asks_for_a_model
@tells_metrics("A metric; macs where none is said.")
@click.option("--csv", "csv_path", metavar="PATH", help="Write the rows there as well, as CSV.")
@click.option("--plot", "plot_path", metavar="PATH", help="Draw the curves there, as .svg or .png.")
@shared
def command(
    asked: Asked,
    metrics: tuple[str, ...],
    target: str | None,
    csv_path: str | None,
    plot_path: str | None,
    as_json: bool,
) -> int:
    """Count FACTORY's model at many sizes: INPUT has named dimensions, and R=96:320:32 gives one its sizes.

    The growth is the power of the size with which the cost grows from one row to the next; a row that is far from the
    usual growth is a jump. Sizes at which the model cannot run are rows too. The last number of a range is included.
    """
    if csv_path is not None and Path(csv_path).suffix.casefold() != ".csv":
        raise AskedWrongly(f"--csv {shown(csv_path)}: write a file that ends in .csv")
    if plot_path is not None:
        refuse_plot(plot_path)
    wanted, device = asked_metrics(metrics) or ("macs",), asked_target(asked.table, target)
    subject = asked.subject(open_sizes=True)
    dimension = varied(subject, most=2)[-1]
    _refuse_falling(dimension, subject.sizes[dimension])
    readings = scan(subject, points_of(subject), lambda _, measurement: values(measurement, wanted, device))
    sweep = Sweep(metrics=wanted, dimension=dimension, readings=readings)
    title = title_of(subject.case) + (f" on {target}" if target else "")
    if csv_path is not None:
        save(Path(csv_path), csv_of(sweep), csv_path)
    if plot_path is not None:
        save(Path(plot_path), picture_of(sweep, title, Path(plot_path).suffix), plot_path)
    if as_json:
        show_json(sweep_record(subject.case, target, sweep))
        return Exit.KEPT
    show(title, "bold")
    show()
    show_sweep(sweep)
    return Exit.KEPT


def _refuse_falling(dimension: str, sizes: tuple[int, ...]) -> None:
    if list(sizes) != sorted(sizes):
        raise AskedWrongly(f"the sizes of {dimension} do not rise: write the smallest first")
