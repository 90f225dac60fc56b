"""The report for programs: every verdict with its exact integers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final, Literal, TypedDict

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.errors import Mistake
from pytest_flopbudget.report.record import CaseRecord, PlaceRecord, to_record
from pytest_flopbudget.report.results import NotRun, Results

SCHEMA_VERSION: Final = 1


class ReportedCase(CaseRecord):
    """A verdict and its table's file, relative to where pytest was called; None where no table counts for it."""

    table: str | None


class NotRunRecord(TypedDict):
    """A declared case that did not run, and why."""

    id: str
    table: str
    place: PlaceRecord
    why: str


class MistakeRecord(TypedDict):
    """A mistake in a table, whose cases are not known for it."""

    table: str
    place: PlaceRecord
    key: str
    text: str


class Report(TypedDict):
    """All of a run.

    ``schema_version`` changes where a reader of the old one could go wrong; keys may be added without. Numbers of
    another ``conventions`` were counted by other formulas, and are not to be compared.
    """

    schema_version: Literal[1]
    conventions: int
    cases: list[ReportedCase]
    not_run: list[NotRunRecord]
    mistakes: list[MistakeRecord]


def json_report(results: Results) -> str:
    """A run as JSON, a line a case, in ASCII: whatever a name has in it, the file shows it and does nothing."""
    parts = report(results)
    lists = {
        "cases": map(json.dumps, parts["cases"]),
        "not_run": map(json.dumps, parts["not_run"]),
        "mistakes": map(json.dumps, parts["mistakes"]),
    }
    # Put together here: what json indents, it writes ten times slower, and twice as long.
    head = f'"schema_version": {parts["schema_version"]},\n"conventions": {parts["conventions"]}'
    return "{\n" + ",\n".join([head, *(_list(name, items) for name, items in lists.items())]) + "\n}\n"


def report(results: Results) -> Report:
    """A run as basic types, in the form of the JSON report."""
    return {
        "schema_version": SCHEMA_VERSION,
        "conventions": CONVENTIONS,
        "cases": [{"table": each.table or None, **to_record(each.verdict)} for each in results.reached],
        "not_run": [_not_run(each) for each in results.not_run],
        "mistakes": [_mistake(table, each) for table, mistakes in results.mistakes.items() for each in mistakes],
    }


def _list(name: str, items: Iterable[str]) -> str:
    lines = ",\n".join(items)
    return f'"{name}": [\n{lines}\n]' if lines else f'"{name}": []'


def _not_run(each: NotRun) -> NotRunRecord:
    return {
        "id": each.case,
        "table": each.table,
        "place": {"path": each.place.path, "line": each.place.line},
        "why": each.why,
    }


def _mistake(table: str, mistake: Mistake) -> MistakeRecord:
    return {
        "table": table,
        "place": {"path": mistake.place.path, "line": mistake.place.line},
        "key": mistake.key,
        "text": mistake.text,
    }
