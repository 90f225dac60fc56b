"""The largest size that fits: what binds there, what fails above, and what fails below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from pytest_flopbudget.cli.asking import input_of
from pytest_flopbudget.cli.scanning import Reading, told
from pytest_flopbudget.cli.showing import show, show_table, width
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.judge.verdicts import Check, Verdict
from pytest_flopbudget.quantities import format_pair
from pytest_flopbudget.report.text import counted, wrapped

_NAMED = 6


class CheckRecord(TypedDict):
    """A limit against its count, both exact and in the metric's unit."""

    metric: str
    target: str
    limit: int
    measured: int
    kept: bool


class SizeRecord(TypedDict):
    """One size: whether all holds there, every limit, and what speaks against it."""

    point: dict[str, int]
    kept: bool
    limits: list[CheckRecord]
    reasons: list[str]


class FitRecord(TypedDict):
    """What ``flopbudget fit --json`` prints.

    ``largest`` is None where no size holds every limit, and ``above`` where there is none above it; ``binds`` is the
    limit that fails above, or is most used up, as ``"arena_bytes@nucleo"``. ``below`` are the sizes below the largest
    that fail, ``readings`` all sizes.
    """

    schema_version: Literal[1]
    factory: str
    input: str
    dimension: str
    largest: SizeRecord | None
    binds: str | None
    above: SizeRecord | None
    below: list[SizeRecord]
    readings: list[SizeRecord]


@dataclass(frozen=True, slots=True)
class Fit:
    """A model judged at many sizes, in rising order; cost need not rise with them."""

    readings: Sequence[Reading[Verdict]]

    @property
    def largest(self) -> Reading[Verdict] | None:
        """The largest size at which every limit holds; None where there is none."""
        return next((each for each in reversed(self.readings) if _holds(each)), None)

    @property
    def above(self) -> Reading[Verdict] | None:
        """The next size above the largest, which fails; the first where none holds, None where all end there."""
        at = self._at()
        return self.readings[at + 1] if at + 1 < len(self.readings) else None

    @property
    def below(self) -> list[Reading[Verdict]]:
        """The sizes below the largest that fail all the same."""
        return [each for each in self.readings[: max(0, self._at())] if not _holds(each)]

    @property
    def binds(self) -> Check | None:
        """The limit that is most exceeded just above the largest size; else the one that is most used up there."""
        above, largest = self.above, self.largest
        if above is not None and above.found is not None:
            failing = [check for check in above.found.checks if not check.kept]
            if failing:
                return max(failing, key=_used)
        checks = largest.found.checks if largest is not None and largest.found is not None else ()
        return max(checks, key=_used, default=None)

    def _at(self) -> int:
        return next((index for index in range(len(self.readings) - 1, -1, -1) if _holds(self.readings[index])), -1)


def fit_record(case: Case, dimension: str, fit: Fit) -> FitRecord:
    """What was found as dicts, lists, texts and integers."""
    largest, above, binds = fit.largest, fit.above, fit.binds
    return {
        "schema_version": 1,
        "factory": case.factory,
        "input": input_of(case),
        "dimension": dimension,
        "largest": _size_record(largest) if largest else None,
        "binds": binds.limit.name if binds else None,
        "above": _size_record(above) if above else None,
        "below": [_size_record(each) for each in fit.below],
        "readings": [_size_record(each) for each in fit.readings],
    }


def _size_record(reading: Reading[Verdict]) -> SizeRecord:
    """One size as dicts, lists, texts and integers."""
    return {
        "point": dict(reading.point),
        "kept": _holds(reading),
        "limits": [
            {
                "metric": check.limit.metric,
                "target": check.limit.target,
                "limit": check.limit.value,
                "measured": check.measured,
                "kept": check.kept,
            }
            for check in (reading.found.checks if reading.found else ())
        ],
        "reasons": list(_reasons(reading)),
    }


def show_fit(fit: Fit) -> None:
    """Print what fits, what binds, and what fails."""
    largest, above, below = fit.largest, fit.above, fit.below
    if largest is None or largest.found is None:
        _tell("No size holds every limit.")
    else:
        _tell(f"{told(largest.point)} is the largest at which every limit holds.", "green")
        show()
        binds = fit.binds
        rows = [_cells(check, is_binding=_is_same(check, binds)) for check in largest.found.checks]
        show_table(("limit", "measured", "of", "used", ""), rows, texts=(0, 4))
        show()
    if above is not None:
        _tell(f"{told(above.point)} fails: {'; '.join(_reasons(above))}", "red")
    else:
        _tell("It is the largest that was asked for: a larger one may fit as well.")
    if below:
        more = f" and {counted(len(below) - _NAMED, 'more size')}" if len(below) > _NAMED else ""
        named = ", ".join(told(each.point) for each in below[:_NAMED])
        _tell(f"Below it fail as well: {named}{more}. The first: {'; '.join(_reasons(below[0]))}")


def _tell(text: str, style: str = "") -> None:
    show("\n".join(wrapped(text, "", "  ", width())), style)


def _cells(check: Check, *, is_binding: bool) -> tuple[str, ...]:
    measured, limit = format_pair(check.measured, check.limit.value, METRICS[check.limit.metric].unit)
    used = f"{_used(check):.1%}" if check.limit.value else ""
    return check.limit.name, measured, limit, used, "<- binds" if is_binding else ""


def _is_same(check: Check, other: Check | None) -> bool:
    return other is not None and check.limit.name == other.limit.name


def _used(check: Check) -> float:
    if check.limit.value:
        return check.measured / check.limit.value
    return float("inf") if check.measured else 0.0


def _holds(reading: Reading[Verdict]) -> bool:
    return reading.found is not None and not reading.found.fails


def _reasons(reading: Reading[Verdict]) -> tuple[str, ...]:
    return reading.found.reasons if reading.found is not None else (f"cannot run: {reading.error}",)
