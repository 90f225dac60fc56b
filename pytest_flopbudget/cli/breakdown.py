"""Where a measurement's cost goes: by module, by operator, or by the user's own lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from pytest_flopbudget.counting.measurement import Measurement

By = Literal["module", "operator", "line"]
BY: tuple[By, ...] = ("module", "operator", "line")


@dataclass(frozen=True, slots=True)
class Row:
    """A part of the cost.

    Args:
        name: A module's path, ``""`` for the model itself; an operator; or a line, ``"model.py:12"``.
        calls: How often it was called; of a line, the operator calls that it made.
        macs: Multiply–accumulates, in MACs.
        other_flops: All other operations, in FLOPs.
        params: Elements of distinct parameters; None where it is no module.
    """

    name: str
    calls: int
    macs: int
    other_flops: int
    params: int | None = None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """All parts of one kind: modules in the order of the model's tree, the others with the dearest first."""

    by: By
    rows: tuple[Row, ...]


def breakdown(measurement: Measurement, by: By, depth: int | None = None) -> Breakdown:
    """The parts of a measurement.

    Args:
        measurement: What was counted; with lines, where it is to be broken down by them.
        by: What the parts are.
        depth: How many levels of modules below the model itself are told; None tells all.

    Raises:
        FlopBudgetError: thop counted, which knows no lines.
    """
    if by == "module":
        return Breakdown(by, tuple(_modules(measurement, depth)))
    costs = measurement.by_operator() if by == "operator" else measurement.by_line()
    calls = Counter(call.operator if by == "operator" else call.line for call, _ in measurement.calls)
    rows = [Row(name, calls[name], cost.macs, cost.other_flops) for name, cost in costs.items()]
    return Breakdown(by, tuple(sorted(rows, key=lambda row: (-row.macs, -row.other_flops))))


def _modules(measurement: Measurement, depth: int | None) -> list[Row]:
    calls = {module.path: module.calls for module in measurement.modules}
    params = measurement.params_by_module()
    return [
        Row(path, calls.get(path, 0), cost.macs, cost.other_flops, params.get(path, 0))
        for path, cost in measurement.by_module().items()
        if depth is None or (path.count(".") + 1 if path else 0) <= depth
    ]
