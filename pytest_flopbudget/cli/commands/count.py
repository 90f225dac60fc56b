"""``flopbudget count``: what a model costs at an input."""

from __future__ import annotations

import click

from pytest_flopbudget.cli.breakdown import BY, By, breakdown
from pytest_flopbudget.cli.counted import CountRecord, count_record, show_count
from pytest_flopbudget.cli.exits import AskedWrongly, Exit
from pytest_flopbudget.cli.metrics import asked_metrics, asked_target, values
from pytest_flopbudget.cli.options import Asked, asks_for_a_model, examples, shared, tells_metrics
from pytest_flopbudget.cli.showing import aside, show_json
from pytest_flopbudget.declaring.model_files import is_graph

EXAMPLES = examples(
    "flopbudget count nets/resnet.py:ResNet50 1x3x224x224",
    "flopbudget count shop.models:tagger ids=int64:1x128 --by operator",
    "flopbudget count model.py:Net 1x3xRxR R=320 --kwargs width=0.5 --metric macs",
    "flopbudget count exported/net.pt2",
    "flopbudget count mobilenet::R96 --target nucleo --json",
)

Printed = CountRecord


@click.command(epilog=EXAMPLES)
@asks_for_a_model
@tells_metrics("Only this metric; may be repeated.")
@click.option("--by", type=click.Choice(BY), default="module", help="What the cost is broken down by.")
@click.option("--depth", type=click.IntRange(0), help="How many levels of modules are told; 1 where not said.")
@shared
def command(
    asked: Asked,
    metrics: tuple[str, ...],
    by: By,
    depth: int | None,
    target: str | None,
    as_json: bool,
) -> int:
    """Count what FACTORY's model costs at INPUT: totals, where they go, and what was free or uncounted.

    FACTORY is module:callable, a file as in model.py:Net, a file that holds the model (.pt2, .pt, .onnx), or a
    declared model. INPUT is a shape as declarations write
    it, 1x3x224x224; NAME=int64:1x128 is a keyword input, and R=96 the size of a named dimension. A declared model needs
    none, and neither does a .pt2 or an .onnx that has its own.
    """
    if depth is not None and by != "module":
        raise AskedWrongly(f"--depth is for modules, and --by {by} has no levels")
    if by == "line" and is_graph(asked.factory):
        raise AskedWrongly(f"--by line: {asked.factory} is a graph, which has no lines of Python")
    wanted, device = asked_metrics(metrics), asked_target(asked.table, target)
    subject = asked.subject()
    case = subject.one()

    from pytest_flopbudget.engine import measure

    with aside():
        measurement = measure(case, subject.table, lines=by == "line")
    numbers = values(measurement, wanted, device)
    # In JSON nothing is lost unless that is asked for.
    rows = breakdown(measurement, by, depth if as_json or depth is not None else 1)
    if as_json:
        show_json(count_record(case, subject.table, measurement, numbers, rows, target))
    else:
        show_count(case, subject.table, measurement, numbers, rows)
    return Exit.KEPT
