from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pytest_flopbudget.errors import FlopBudgetError
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.json_report import json_report
from pytest_flopbudget.report.reading import read_report
from pytest_flopbudget.report.record import from_record
from pytest_flopbudget.report.results import Results

ANEW = "write the report anew with this version"
HEAD = '"schema_version": 1, "conventions": 1'


def test_there_and_back(full: Verdict, kept: Callable[[str], Verdict], run_of: Callable[..., Results]) -> None:
    verdicts = (full, kept("net::R96"))

    found = read_report(json_report(run_of(*verdicts)), "old.json")

    assert tuple(map(from_record, found)) == verdicts
    assert {case["table"] for case in found} == {"pyproject.toml"}


def test_keys_of_a_later_version_are_passed_by(full: Verdict, run_of: Callable[..., Results]) -> None:
    data = json.loads(json_report(run_of(full)))
    data["weather"] = data["cases"][0]["colour"] = "fine"

    assert [from_record(case) for case in read_report(json.dumps(data), "old.json")] == [full]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "old.json:1: it is damaged: Expecting value"),
        ('{\n"cases": [', "old.json:2: it is damaged: Expecting value"),
        ("<<<<<<< HEAD\n{}", "old.json:1: it is damaged: Expecting value"),
        ("[" * 100_000, "old.json: it is damaged: it is nested too deeply"),
        ("[]", "old.json: it is no report of pytest-flopbudget: it has no schema_version"),
        ('{"schema_version": "1"}', "old.json: it is no report of pytest-flopbudget: it has no schema_version"),
        ('{"schema_version": 1}', "old.json: it is no report of pytest-flopbudget: it has no conventions"),
        (
            '{"schema_version": 2, "conventions": 1}',
            f"old.json: it has schema_version 2, and this version of pytest-flopbudget 1: {ANEW}",
        ),
        (
            '{"schema_version": 1, "conventions": 7}',
            f"old.json: it has conventions 7, and this version of pytest-flopbudget 1: {ANEW}",
        ),
        (f"{{{HEAD}}}", "old.json: it is damaged: there is no 'cases'"),
        (f'{{{HEAD}, "cases": 3}}', "old.json: it is damaged: cases: 3 stands where a list was expected"),
        (f'{{{HEAD}, "cases": [3]}}', "old.json: it is damaged: cases[0]: 3 stands where a table was expected"),
        (f'{{{HEAD}, "cases": [{{}}]}}', "old.json: it is damaged: cases[0]: there is no 'id'"),
    ],
)
def test_damaged(text: str, message: str) -> None:
    with pytest.raises(FlopBudgetError) as caught:
        read_report(text, "old.json")
    assert str(caught.value) == message


def test_a_number_of_thousands_of_digits() -> None:
    digits = "1" * 5000
    with pytest.raises(ValueError, match="4300") as limited:
        int(digits)
    with pytest.raises(FlopBudgetError) as caught:
        read_report(digits, "old.json")
    assert str(caught.value) == f"old.json: it is damaged: {limited.value}"


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        (("id",), None, "id: null stands where a text was expected"),
        (("kind",), "bundel", "kind: 'bundel' stands where one of 'declared', 'test', 'region', 'bundle' was expected"),
        (("fails",), 1, "fails: 1 stands where true or false was expected"),
        (("place", "line"), True, "place.line: true stands where a whole number was expected"),
        (("metrics", "macs"), 1.5, "metrics['macs']: 1.5 stands where a whole number was expected"),
        (("metrics",), [], "metrics: a list stands where a table was expected"),
        (("reason",), 5, "reason: 5 stands where a text was expected"),
        (("comparison",), {"counter": "x"}, "comparison: there is no 'macs'"),
        (("modules", 1, "calls"), "x", "modules[1].calls: 'x' stands where a whole number was expected"),
    ],
)
def test_a_wrong_value(
    full: Verdict,
    run_of: Callable[..., Results],
    with_value: Callable[..., object],
    path: tuple[str | int, ...],
    value: object,
    text: str,
) -> None:
    data = with_value(json_report(run_of(full)), ("cases", 0, *path), value)

    with pytest.raises(FlopBudgetError) as caught:
        read_report(json.dumps(data), "old.json")
    assert str(caught.value) == f"old.json: it is damaged: cases[0].{text}"
