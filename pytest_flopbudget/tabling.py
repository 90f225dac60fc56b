"""A declared table of costs: its numbers, and the files that have others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pytest_flopbudget.counting.citing import left_out
from pytest_flopbudget.counting.deployment import AS_IT_IS
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.metrics import METRICS, unknown_of
from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.declaring.costs import PaperTable
from pytest_flopbudget.declaring.showing import as_text
from pytest_flopbudget.errors import FlopBudgetError
from pytest_flopbudget.report.paper_table import Filled, form_of, written
from pytest_flopbudget.store.marks import between
from pytest_flopbudget.store.writing import text_of

Measure = Callable[[Case], Measurement]


def filled(declared: PaperTable, table: Table, measure: Measure) -> Filled:
    """A declared table with its numbers.

    Args:
        declared: The table of costs.
        table: The whole table, in which it is declared.
        measure: Counts a case.

    Raises:
        FlopBudgetError: A model cannot be measured, has no value of a metric, or several where no point is named.
    """
    cases = _of_models(declared, table)
    rows = {
        model: [_value(metric, point, own, measure) for metric, point in declared.columns]
        for model, own in cases.items()
    }
    return Filled(
        columns=declared.columns,
        rows=rows,
        inputs=_inputs(declared, told_cases(declared, table)),
        units=declared.units,
        digits=declared.digits,
    )


def told_cases(declared: PaperTable, table: Table) -> list[Case]:
    """The cases of which a table tells something."""
    points = {point for _, point in declared.columns}
    return [
        case
        for own in _of_models(declared, table).values()
        for case in own
        if "" in points or case.point_name in points
    ]


@dataclass(frozen=True, slots=True)
class Stale:
    """A file with another table than today's.

    Args:
        into: The file as the table names it, ``"README.md#main"``.
        path: The file.
        table: The table's name.
        beside: The folder of the whole table's file as messages call it; ``""`` for one in or above that where the
            command is run.
    """

    into: str
    path: Path
    table: str
    beside: str = ""

    def __str__(self) -> str:
        """What is the matter, and the command that mends it."""
        config = f" --config {self.beside}" if self.beside else ""
        name = f"{PurePosixPath(self.beside).parent}/{self.into}" if self.beside else self.into
        return f"{name} is stale: flopbudget table {self.table} --write{config}"


def stale_files(
    declared: PaperTable, table: Table, full: Filled, called: str, texts: dict[Path, str]
) -> Iterator[Stale]:
    """The files that have other numbers than a table.

    Args:
        declared: The table of costs.
        table: The whole table, in which it is declared.
        full: Its numbers.
        called: The whole table's file as messages call it.
        texts: What files are to be; those of the table are added, and a file that is there already is taken from it.

    Raises:
        FlopBudgetError: A file cannot be read, or lacks the marks between which the table stands.
    """
    folders = PurePosixPath(called).parts[:-1]
    beside = called if any(part != ".." for part in folders) else ""
    for into in declared.into:
        name, _, mark = into.partition("#")
        path = table.folder / name
        part = written(full, form_of(path))
        # A file without marks is the table's alone, and may be still to come.
        before = texts[path] if path in texts else text_of(path, name) if mark or path.is_file() else ""
        texts[path] = between(before, mark, part, name) if mark else part
        if texts[path] != before:
            yield Stale(into, path, declared.name, beside)


def _of_models(declared: PaperTable, table: Table) -> dict[str, list[Case]]:
    return {model: [case for case in table.cases if case.model == model] for model in declared.models}


def _value(metric: str, point: str, cases: Sequence[Case], measure: Measure) -> int | None:
    """A model's number at a point; None where it has no such point."""
    found = {case.id: _counted(metric, case, measure) for case in cases if point in ("", case.point_name)}
    if len({*found.values()}) > 1:
        (first, one), (other, two) = next(
            (a, b) for a, b in zip(found.items(), list(found.items())[1:], strict=False) if a[1] != b[1]
        )
        at = first.partition("::")[2]
        raise FlopBudgetError(
            f"{metric} is {one:,} at {first} and {two:,} at {other}: name the point in the column, as in {metric}@{at}"
        )
    return next(iter(found.values()), None)


def _counted(metric: str, case: Case, measure: Measure) -> int:
    try:
        measurement = measure(case)
    except FlopBudgetError as error:
        raise FlopBudgetError(f"{case.id}: {error}") from None
    why = unknown_of(measurement, metric)
    if not why and measurement.uncounted and metric != "params":
        why = left_out(sum(measurement.uncounted.values()))
    if why:
        raise FlopBudgetError(f"{case.id}: {metric}: {why}")
    return METRICS[metric].value(measurement, AS_IT_IS)


def _inputs(declared: PaperTable, cases: Sequence[Case]) -> dict[str, list[str]]:
    """What goes in at each point that a column names; all of them where none does."""
    named = {point for _, point in declared.columns if point}
    found: dict[str, list[str]] = {}
    for case in cases:
        if case.point_name in named or not named:
            shapes = found.setdefault(case.point_name, [])
            text = f"from {case.input_factory}" if case.input_factory else as_text(case.inputs)
            shapes += [] if text in shapes else [text]
    return found
