"""A measurement as a table for people: a row a module."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_flopbudget.quantities import format_quantity

_HEADINGS = ("module", "calls", "MACs", "params", "share")


@dataclass(frozen=True, slots=True)
class Row:
    """A module and all below it.

    Args:
        path: Its dotted path; ``""`` is the model itself, or a region, which is no module and never called.
        calls: How often it was called.
        macs: Multiply–accumulates, in MACs.
        params: Distinct parameters.
    """

    path: str
    calls: int
    macs: int
    params: int

    @property
    def depth(self) -> int:
        """How many modules it is below the model itself."""
        return len(self.path.split(".")) if self.path else 0


def table(rows: Sequence[Row], depth: int | None = None, *, approximate: bool = False) -> str:
    """The rows as lines of text, the model itself first.

    Args:
        rows: The model itself or the whole region, then its modules in the order of its tree.
        depth: How many levels below the model itself are told; None tells all.
        approximate: Whether the MACs would be others for other data.
    """
    total = rows[0].macs
    told = [row for row in rows if depth is None or row.depth <= depth]
    cells = [_HEADINGS, *(_cells(row, total, "≈ " if approximate else "") for row in told)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(_line(line, widths) for line in cells)


def _cells(row: Row, total: int, about: str) -> tuple[str, ...]:
    whole = "(the model itself)" if row.calls else "(the whole region)"
    name = "  " * (row.depth - 1) + row.path if row.path else whole
    share = f"{100 * row.macs / total:.1f}%" if total else ""
    macs = about + format_quantity(row.macs, "MAC")
    return name, f"{row.calls:,}", macs, format_quantity(row.params, "param"), share


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *numbers = cells
    aligned = [number.rjust(width) for number, width in zip(numbers, widths[1:], strict=True)]
    return "  ".join([name.ljust(widths[0]), *aligned]).rstrip()
