"""A count as the command tells it, to people and to programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal, TypedDict

from pytest_flopbudget.cli.asking import input_of, title_of
from pytest_flopbudget.cli.breakdown import Breakdown, By, Row
from pytest_flopbudget.cli.showing import show, show_table, width
from pytest_flopbudget.counting.measurement import Backend, Built, Measurement, Mode, Traced
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.counting.onnx_formulas import ONNX_FORMULAS
from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.judge.verdicts import depends_on_data
from pytest_flopbudget.judge.wording import about
from pytest_flopbudget.quantities import format_exact, format_quantity
from pytest_flopbudget.report.text import counted, wrapped

_HOW: Mapping[Traced, str] = {
    "shapes": "traced on shapes",
    "executed": "executed",
    "worst case": "traced on shapes in the worst case",
    "thop": "counted by thop",
}
_BUILT: Mapping[Built, str] = {"meta": "built without data", "real": "built for real", "given": "given"}


class UncountedRecord(TypedDict):
    """Calls of one operator in one module that nothing could count."""

    operator: str
    module: str
    calls: int


class RowRecord(TypedDict):
    """A part of the cost; ``params`` is of modules only."""

    name: str
    calls: int
    macs: int
    other_flops: int
    params: int | None


class CountRecord(TypedDict):
    """What ``flopbudget count --json`` prints; every number is exact, in its metric's unit."""

    schema_version: Literal[1]
    factory: str
    input: str
    point: dict[str, int]
    mode: Mode
    backend: Backend
    traced: Traced
    built: Built
    approximate: bool
    target: str | None
    metrics: dict[str, int]
    by: By
    rows: list[RowRecord]
    free: dict[str, int]
    uncounted: list[UncountedRecord]
    notes: list[str]


def count_record(
    case: Case, table: Table, measurement: Measurement, numbers: Mapping[str, int], parts: Breakdown, target: str | None
) -> CountRecord:
    """A count as dicts, lists, texts and integers."""
    return {
        "schema_version": 1,
        "factory": case.factory,
        "input": input_of(case),
        "point": dict(case.point),
        "mode": measurement.mode,
        "backend": measurement.backend,
        "traced": measurement.traced,
        "built": measurement.built,
        "approximate": measurement.data_dependent,
        "target": target,
        "metrics": dict(numbers),
        "by": parts.by,
        "rows": [_row_record(row) for row in parts.rows],
        "free": free_calls(measurement, table),
        "uncounted": [
            {"operator": operator, "module": module, "calls": calls}
            for (operator, module), calls in measurement.uncounted.items()
        ],
        "notes": list(measurement.notes),
    }


def show_count(
    case: Case, table: Table, measurement: Measurement, numbers: Mapping[str, int], parts: Breakdown
) -> None:
    """Print a count: how it was made, the totals, where they go, and what has no cost."""
    show("\n".join(wrapped(_headline(case, measurement), "", "  ", width())), "bold")
    show()
    approximate = measurement.data_dependent
    totals = [_total(*each, approximate=approximate) for each in numbers.items()]
    show_table(("metric", "exactly", "about"), totals, texts=(0, 2))
    show()
    show_table(*_parts(parts, measurement))
    for index, (style, line) in enumerate(_remarks(measurement, table)):
        if not index:
            show()
        show("\n".join(wrapped(line, "", "  ", width())), style)


def free_calls(measurement: Measurement, table: Table) -> dict[str, int]:
    """The operators that ran and compute nothing, each with its number of calls; thop sees none."""
    if measurement.backend == "thop":
        return {}
    from pytest_flopbudget.declaring.resolving import importable
    from pytest_flopbudget.engine import formulas_of

    with importable(table.folders):
        free = (ONNX_FORMULAS + formulas_of(table)).free
    return dict(Counter(call.operator for call, _ in measurement.calls if call.operator in free))


def _headline(case: Case, measurement: Measurement) -> str:
    step = ", a step of training" if measurement.mode == "training" else ""
    how = f"{measurement.counter or _HOW[measurement.traced]}, {_BUILT[measurement.built]}"
    return f"{title_of(case)}{step}: {how}"


def _total(name: str, value: int, *, approximate: bool) -> tuple[str, str, str]:
    metric = METRICS[name]
    told = about(format_exact(value), approximate=depends_on_data(approximate, name))
    return name, told, f"{format_quantity(value, metric.unit)}{metric.remark}"


def _parts(parts: Breakdown, measurement: Measurement) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    is_of_modules = parts.by == "module"
    headings = (parts.by, "calls", "MACs", "other FLOPs", *(["params"] if is_of_modules else []), "share")
    return headings, [_cells(row, measurement.macs, is_of_modules=is_of_modules) for row in parts.rows]


def _cells(row: Row, total: int, *, is_of_modules: bool) -> tuple[str, ...]:
    name = "  " * row.name.count(".") + row.name if is_of_modules else row.name
    params = [format_quantity(row.params or 0, "param").removesuffix(" params")] if is_of_modules else []
    share = f"{100 * row.macs / total:.1f}%" if total else ""
    return (
        name or "(the model itself)",
        f"{row.calls:,}",
        format_quantity(row.macs, "MAC").removesuffix("MACs").rstrip(),
        format_quantity(row.other_flops, "FLOP").removesuffix("FLOPs").rstrip(),
        *params,
        share,
    )


def _remarks(measurement: Measurement, table: Table) -> Iterator[tuple[str, str]]:
    """What has no cost, and what else is to be told; each a style and a line."""
    free = free_calls(measurement, table)
    if free:
        yield "", "Free: " + ", ".join(f"{name} ({counted(calls, 'call')})" for name, calls in free.items())
    for (operator, module), calls in measurement.uncounted.items():
        yield "red", f"Uncounted: {operator} in {module or 'the model itself'}, {counted(calls, 'call')}"
    for note in measurement.notes:
        yield "", f"Note: {note}"


def _row_record(row: Row) -> RowRecord:
    return {
        "name": row.name,
        "calls": row.calls,
        "macs": row.macs,
        "other_flops": row.other_flops,
        "params": row.params,
    }
