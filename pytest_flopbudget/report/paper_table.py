"""A table of costs for a README or a paper: Markdown, LaTeX or CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.quantities import format_in, noun, prefix_of

Format = Literal["markdown", "latex", "csv"]

_FORMS: dict[str, Format] = {".md": "markdown", ".tex": "latex", ".csv": "csv"}

_NOTHING = "–"
_NAMES = {"macs": "MACs", "flops": "FLOPs", "total_flops": "total FLOPs"}
_MEANINGS = {
    "macs": "MACs are multiply–accumulates",
    "flops": "FLOPs are two a multiply–accumulate",
    "total_flops": "total FLOPs are two a multiply–accumulate and all other operations",
}
_LATEX = re.compile(r"[&%$#_{}]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """A table with its numbers.

    Args:
        columns: A metric and a point for each column.
        rows: The numbers of each model, in the metrics' units; None where it has no such point.
        inputs: What went in, by the point.
        units: The prefix of a metric's numbers, by its name.
        digits: How many digits are told.
    """

    columns: Sequence[tuple[str, str]]
    rows: Mapping[str, Sequence[int | None]]
    inputs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    digits: int = 3

    def prefix(self, index: int) -> str:
        """The prefix of a column: all numbers of one metric have the same."""
        metric = self.columns[index][0]
        same = [at for at, (other, _) in enumerate(self.columns) if other == metric]
        values = [row[at] or 0 for row in self.rows.values() for at in same]
        return self.units.get(metric, prefix_of(values, METRICS[metric].unit))

    def headings(self) -> list[str]:
        """The columns' names with their units."""
        return [self._heading(index) for index in range(len(self.columns))]

    def cells(self, model: str) -> list[str]:
        """A row's numbers, rounded."""
        return [
            _NOTHING if value is None else format_in(value, METRICS[metric].unit, self.prefix(index), self.digits)
            for index, ((metric, _), value) in enumerate(zip(self.columns, self.rows[model], strict=True))
        ]

    def caption(self) -> str:
        """By which convention, and at which inputs."""
        metrics = dict.fromkeys(metric for metric, _ in self.columns)
        meant = [_MEANINGS[metric] for metric in metrics if metric in _MEANINGS]
        inputs = [
            f"{', '.join(shapes)} ({point})" if point != "default" else ", ".join(shapes)
            for point, shapes in self.inputs.items()
        ]
        parts = [f"Counted by pytest-flopbudget, conventions {CONVENTIONS}", *meant]
        return "; ".join([*parts, *([f"inputs: {'; '.join(inputs)}"] if inputs else [])]) + "."

    def _heading(self, index: int) -> str:
        metric, point = self.columns[index]
        unit = METRICS[metric].unit
        prefix = self.prefix(index)
        in_unit = f"{prefix}B" if unit == "B" else prefix
        name = _NAMES.get(metric, metric.removesuffix("_bytes").replace("_", " "))
        return f"{name}{f' at {point}' if point else ''}{f' ({in_unit})' if in_unit else ''}"


def form_of(path: Path) -> Format:
    """The form of a table in a file, by its suffix."""
    return _FORMS[path.suffix.casefold()]


def written(table: Filled, form: Format) -> str:
    """The table as text, its lines ended; CSV has the exact numbers."""
    return {"markdown": _markdown, "latex": _latex, "csv": _csv}[form](table)


def _markdown(table: Filled) -> str:
    head = ["model", *table.headings()]
    rule = ["---", *["---:"] * len(table.columns)]
    rows = [head, rule, *([model, *table.cells(model)] for model in table.rows)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([*lines, "", table.caption(), ""])


def _latex(table: Filled) -> str:
    rows = [[model, *table.cells(model)] for model in table.rows]
    lines = [" & ".join(map(_escaped, row)) + r" \\" for row in [["model", *table.headings()], *rows]]
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{_escaped(table.caption())}}}",
            rf"\begin{{tabular}}{{l{'r' * len(table.columns)}}}",
            lines[0],
            r"\hline",
            *lines[1:],
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _csv(table: Filled) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [f"{metric}@{point}" if point else metric for metric, point in table.columns]
    units = [noun(METRICS[metric].unit) for metric, _ in table.columns]
    writer.writerow(["model", *(f"{name} ({unit})" for name, unit in zip(names, units, strict=True))])
    for model, values in table.rows.items():
        writer.writerow([model, *("" if value is None else value for value in values)])
    return out.getvalue()


def _escaped(text: str) -> str:
    """A text as LaTeX prints it."""
    return _LATEX.sub(lambda match: f"\\{match[0]}", text).replace("×", r"$\times$").replace("–", "--")
