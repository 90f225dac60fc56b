"""A comparison as basic types, in the form of the JSON report, and back."""

from __future__ import annotations

from typing import TypedDict

from pytest_flopbudget.judge.comparison import Comparison, Sides
from pytest_flopbudget.judge.explanations import Explanation, Why


class ExplanationRecord(TypedDict):
    """A part of a difference, in one module; thop's number less ours."""

    why: Why
    cause: str
    module: str
    difference: int


class SidesRecord(TypedDict):
    """One metric as both count it; the differences add up to thop's number less ours."""

    ours: int
    thops: int
    explanations: list[ExplanationRecord]


class ComparisonRecord(TypedDict):
    """Our count of a case beside thop's."""

    counter: str
    macs: SidesRecord
    params: SidesRecord
    approximate: bool


def of_comparison(comparison: Comparison | str | None) -> ComparisonRecord | str | None:
    """A comparison as dicts, lists, texts and integers; why there is none, and None, as they are."""
    return comparison_record(comparison) if isinstance(comparison, Comparison) else comparison


def comparison_record(comparison: Comparison) -> ComparisonRecord:
    """A comparison as dicts, lists, texts and integers."""
    return {
        "counter": comparison.counter,
        "macs": _of_sides(comparison.macs),
        "params": _of_sides(comparison.params),
        "approximate": comparison.approximate,
    }


def to_comparison(record: ComparisonRecord | str | None) -> Comparison | str | None:
    """The comparison that :func:`of_comparison` was given."""
    if record is None or isinstance(record, str):
        return record
    return Comparison(record["counter"], _to_sides(record["macs"]), _to_sides(record["params"]), record["approximate"])


def _of_sides(sides: Sides) -> SidesRecord:
    return {
        "ours": sides.ours,
        "thops": sides.thops,
        "explanations": [
            {"why": each.why, "cause": each.cause, "module": each.module, "difference": each.difference}
            for each in sides.explanations
        ],
    }


def _to_sides(record: SidesRecord) -> Sides:
    return Sides(record["ours"], record["thops"], tuple(Explanation(**each) for each in record["explanations"]))
