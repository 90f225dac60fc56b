"""The numbers of a declared table."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.cli.measuring import Measured
from pytest_flopbudget.counting.deployment import AS_IT_IS
from pytest_flopbudget.counting.metrics import METRICS, unknown_of
from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.declaring.costs import PaperTable
from pytest_flopbudget.declaring.showing import as_text
from pytest_flopbudget.errors import FlopBudgetError
from pytest_flopbudget.report.paper_table import Filled


def filled(declared: PaperTable, table: Table, measured: Measured) -> Filled:
    """A declared table with its numbers.

    Raises:
        FlopBudgetError: A model cannot be measured, has no value of a metric, or several where no point is named.
    """
    cases = {model: [case for case in table.cases if case.model == model] for model in declared.models}
    wanted = [case for own in cases.values() for case in own if _is_told(case, declared)]
    measured.chosen(wanted)
    rows = {
        model: [_value(metric, point, own, measured) for metric, point in declared.columns]
        for model, own in cases.items()
    }
    return Filled(
        columns=declared.columns,
        rows=rows,
        inputs=_inputs(declared, wanted),
        units=declared.units,
        digits=declared.digits,
    )


def _is_told(case: Case, declared: PaperTable) -> bool:
    return any(point in ("", case.point_name) for _, point in declared.columns)


def _value(metric: str, point: str, cases: Sequence[Case], measured: Measured) -> int | None:
    """A model's number at a point; None where it has no such point."""
    found = {case.id: _counted(metric, case, measured) for case in cases if point in ("", case.point_name)}
    if len({*found.values()}) > 1:
        (first, one), (other, two) = next(
            (a, b) for a, b in zip(found.items(), list(found.items())[1:], strict=False) if a[1] != b[1]
        )
        at = first.partition("::")[2]
        raise FlopBudgetError(
            f"{metric} is {one:,} at {first} and {two:,} at {other}: name the point in the column, as in {metric}@{at}"
        )
    return next(iter(found.values()), None)


def _counted(metric: str, case: Case, measured: Measured) -> int:
    try:
        measurement = measured(case)
    except FlopBudgetError as error:
        raise FlopBudgetError(f"{case.id}: {error}") from None
    why = unknown_of(measurement, metric)
    if not why and measurement.uncounted and metric != "params":
        why = f"{sum(measurement.uncounted.values()):,} calls of operators are not counted"
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
