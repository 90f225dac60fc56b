"""A sweep as the command tells it: rows with their growth, a chart beside them, and the jumps."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from pytest_flopbudget.cli.asking import input_of
from pytest_flopbudget.cli.growth import Step, steps
from pytest_flopbudget.cli.scanning import Point, Reading, by_reason, told
from pytest_flopbudget.cli.showing import show, show_table, width
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.quantities import format_quantity
from pytest_flopbudget.report.text import counted, wrapped

Values = Mapping[str, int]

_BAR = 16
_NAMED = 6
_EIGHTHS = " ▏▎▍▌▋▊▉"


class RowRecord(TypedDict):
    """One point: its metrics, exact, the power with which each grew since the size before, or why there are none."""

    point: dict[str, int]
    metrics: dict[str, int]
    growth: dict[str, float]
    error: str | None


class JumpRecord(TypedDict):
    """A step that is far from the usual growth, and by which factor the cost is more than that would make it."""

    metric: str
    before: dict[str, int]
    after: dict[str, int]
    power: float
    factor: float


class SweepRecord(TypedDict):
    """What ``flopbudget sweep --json`` prints; every count is exact, in its metric's unit."""

    schema_version: Literal[1]
    factory: str
    input: str
    target: str | None
    rows: list[RowRecord]
    jumps: list[JumpRecord]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    """One model at many sizes.

    Args:
        metrics: The metrics that were asked for.
        dimension: The dimension that varies fastest, along which growth is told.
        readings: The metrics at every point, that dimension varying fastest.
    """

    metrics: tuple[str, ...]
    dimension: str
    readings: Sequence[Reading[Values]]

    def growth(self, metric: str) -> list[Step | None]:
        """The step that leads to each point from the one before; None for the first of a row."""
        found: list[Step | None] = []
        for line in self.lines():
            sizes = [each.point[self.dimension] for each in line]
            costs = [each.found[metric] if each.found else None for each in line]
            found += [None, *steps(sizes, costs)]
        return found

    def jumps(self) -> Iterator[tuple[str, Point, Point, Step]]:
        """Every step that is far from the usual: its metric, and the points before and after it."""
        for metric in self.metrics:
            for index, step in enumerate(self.growth(metric)):
                if step is not None and step.is_jump:
                    yield metric, self.readings[index - 1].point, self.readings[index].point, step

    def lines(self) -> Iterator[list[Reading[Values]]]:
        """The readings along the dimension, a list for each size of the other one."""
        line: list[Reading[Values]] = []
        for each in self.readings:
            if line and each.point[self.dimension] <= line[-1].point[self.dimension]:
                yield line
                line = []
            line.append(each)
        yield line


def sweep_record(case: Case, target: str | None, sweep: Sweep) -> SweepRecord:
    """A sweep as dicts, lists, texts and numbers."""
    return {
        "schema_version": 1,
        "factory": case.factory,
        "input": input_of(case),
        "target": target,
        "rows": _rows(sweep),
        "jumps": _jumps(sweep),
    }


def _rows(sweep: Sweep) -> list[RowRecord]:
    """A record for every point."""
    growth = {metric: sweep.growth(metric) for metric in sweep.metrics}
    return [
        {
            "point": dict(each.point),
            "metrics": dict(each.found or {}),
            "growth": {metric: step.power for metric, of in growth.items() if (step := of[index]) is not None},
            "error": each.error or None,
        }
        for index, each in enumerate(sweep.readings)
    ]


def _jumps(sweep: Sweep) -> list[JumpRecord]:
    """A record for every jump."""
    return [
        {"metric": metric, "before": dict(before), "after": dict(after), "power": step.power, "factor": step.excess}
        for metric, before, after, step in sweep.jumps()
    ]


def csv_of(sweep: Sweep) -> str:
    """The sweep as CSV: a column for each dimension and metric, exact, and the error."""
    dimensions = list(sweep.readings[0].point)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*dimensions, *sweep.metrics, "error"])
    for each in sweep.readings:
        counts = [each.found[metric] if each.found else "" for metric in sweep.metrics]
        writer.writerow([*each.point.values(), *counts, each.error])
    return text.getvalue()


def show_sweep(sweep: Sweep) -> None:
    """Print the table, the chart of the first metric beside it, and what stands out."""
    growth = sweep.growth(sweep.metrics[0])
    most = max(each.found[sweep.metrics[0]] for each in sweep.readings if each.found)
    grown = "growth" if len(sweep.metrics) == 1 else f"growth of {sweep.metrics[0]}"
    headings = (*sweep.readings[0].point, *sweep.metrics, grown, "")
    cells = [_cells(each, step, sweep, most) for each, step in zip(sweep.readings, growth, strict=True)]
    styles = ["red" if each.error else "yellow" if step and step.is_jump else "" for each, step in _both(sweep, growth)]
    show_table(headings, cells, styles, texts=(len(headings) - 1,))
    for line in _remarks(sweep):
        show("\n".join(wrapped(line, "", "  ", width())))


def _both(sweep: Sweep, growth: Sequence[Step | None]) -> Iterator[tuple[Reading[Values], Step | None]]:
    return zip(sweep.readings, growth, strict=True)


def _cells(reading: Reading[Values], step: Step | None, sweep: Sweep, most: int) -> tuple[str, ...]:
    sizes = tuple(map(str, reading.point.values()))
    if reading.found is None:
        return (*sizes, *("–" for _ in sweep.metrics), "", "cannot run")
    counts = (format_quantity(reading.found[name], METRICS[name].unit) for name in sweep.metrics)
    power = f"{sweep.dimension}^{step.power:.2f}" if step else ""
    jump = " <- jump" if step and step.is_jump else ""
    return (*sizes, *counts, power, _bar(reading.found[sweep.metrics[0]], most) + jump)


def _bar(value: int, most: int) -> str:
    """A bar as long as a number is a part of the greatest; of plain signs where others cannot be written."""
    eighths = 8 * _BAR * value // most if most else 0
    bar = "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
    try:
        bar.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return "#" * (eighths // 8)
    return bar


def _remarks(sweep: Sweep) -> Iterator[str]:
    jumps = list(sweep.jumps())
    if jumps or any(each.error for each in sweep.readings):
        yield ""
    for metric, before, after, step in jumps[:_NAMED]:
        yield f"Jump: {metric} from {told(before)} to {told(after)}: {_percent(step)}"
    if len(jumps) > _NAMED:
        yield f"and {counted(len(jumps) - _NAMED, 'more jump')}"
    for reason, points in by_reason(sweep.readings):
        more = f" and {len(points) - _NAMED} more" if len(points) > _NAMED else ""
        yield f"Cannot run at {', '.join(map(told, points[:_NAMED]))}{more}: {reason}"


def _percent(step: Step) -> str:
    if step.power < 0:
        return "it falls"
    return f"{step.excess - 1:.0%} more than the usual growth makes it"
