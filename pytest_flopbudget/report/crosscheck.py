"""Our count beside thop's, as text: what explains the difference, by cause, or module by module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.judge.comparison import Comparison, Sides
from pytest_flopbudget.judge.explanations import Explanation
from pytest_flopbudget.judge.verdicts import OF_THE_MODEL, Verdict
from pytest_flopbudget.judge.wording import about
from pytest_flopbudget.quantities import format_exact, format_excess, noun
from pytest_flopbudget.report.summary import Line
from pytest_flopbudget.report.text import WIDTH, counted, wrapped

_NAMED = 2
_WHY = len("elsewhere") + 2


def crosscheck(groups: Mapping[str, Sequence[Verdict]], verbosity: int, width: int = WIDTH) -> list[Line]:
    """The lines of the section that compares every case with thop's count; none where that was not asked for.

    Args:
        groups: Verdicts by the file of their table.
        verbosity: pytest's: from 2 on every module is told by itself.
        width: In columns.
    """
    lines: list[Line] = []
    for name, group in groups.items():
        told = [line for verdict in group for line in _of_verdict(verdict, verbosity, width)]
        lines += [Line(f"{name}:"), *told] if told and len(groups) > 1 else told
    return lines


def beside_thop(verdict: Verdict) -> list[str]:
    """The paragraph of a failure's body on both counts, where both were measured."""
    if not isinstance(verdict.comparison, Comparison):
        return []
    return [f"Beside {verdict.comparison.counter}:", *comparison_rows(verdict.comparison)]


def comparison_rows(comparison: Comparison, *, by_module: bool = False, width: int = WIDTH) -> list[str]:
    """Both counts of each metric, and below them what explains the difference.

    Args:
        comparison: The two counts.
        by_module: Whether every module has a row of its own; else each cause has one.
        width: In columns.
    """
    sides = {"macs": comparison.macs, "params": comparison.params}
    return [
        row
        for metric, of_metric in sides.items()
        for row in _rows(metric, of_metric, by_module, width, approximate=comparison.approximate)
    ]


def _of_verdict(verdict: Verdict, verbosity: int, width: int) -> list[Line]:
    if verdict.comparison is None:
        return []
    if isinstance(verdict.comparison, str):
        return [Line(line, "yellow") for line in wrapped(f"{verdict.case}: {verdict.comparison}", "", "  ", width)]
    rows = comparison_rows(verdict.comparison, by_module=verbosity > 1, width=width)
    return [Line(f"{verdict.case}, beside {verdict.comparison.counter}:"), *map(Line, rows)]


def _rows(metric: str, sides: Sides, by_module: bool, width: int, *, approximate: bool) -> list[str]:
    unit, approximate = METRICS[metric].unit, approximate and metric not in OF_THE_MODEL
    ours, thops = (about(format_exact(each), approximate=approximate) for each in (sides.ours, sides.thops))
    if not sides.explanations:
        return [f"  {metric}: the same, {ours} {noun(unit, sides.ours)}"]
    excess = (
        f"{_signed(sides.difference)}, {format_excess(sides.thops, sides.ours)}" if sides.difference else "the same"
    )
    told = _grouped(sides.explanations) if not by_module else [[each] for each in sides.explanations]
    numbers = [_signed(sum(each.difference for each in group)) for group in told]
    digits = max(map(len, numbers))
    rows = [f"  {metric}: ours {ours}, thop {thops} ({excess})"]
    for group, number in zip(told, numbers, strict=True):
        start = f"    {number:>{digits}}  {group[0].why:<{_WHY}}"
        rows += wrapped(f"{group[0].cause}, {_where(group)}", start, " " * len(start), width)
    return rows


def _grouped(explanations: Sequence[Explanation]) -> list[list[Explanation]]:
    """What has one cause together, the greatest part of the difference first."""
    groups: dict[tuple[str, str], list[Explanation]] = {}
    for each in explanations:
        groups.setdefault((each.why, each.cause), []).append(each)
    return sorted(groups.values(), key=lambda group: -abs(sum(each.difference for each in group)))


def _where(group: Sequence[Explanation]) -> str:
    names = ", ".join(each.module or "the model itself" for each in group[:_NAMED])
    more = len(group) - _NAMED
    return f"in {names} and {counted(more, 'more module')}" if more > 0 else f"in {names}"


def _signed(number: int) -> str:
    return f"{'+' if number > 0 else ''}{format_exact(number)}"
