from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from pytest_flopbudget.errors import Mistake, Place
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.json_report import json_report
from pytest_flopbudget.report.record import from_record, to_record
from pytest_flopbudget.report.results import NotRun, Reached, Results, results
from pytest_flopbudget.report.schema import report_schema

PUBLISHED = Path(__file__).parents[3] / "pytest_flopbudget" / "report" / "report.schema.json"
SCHEMA = json.loads(PUBLISHED.read_text(encoding="utf-8"))


@pytest.fixture
def whole(full: Verdict, kept: Callable[[str], Verdict]) -> Results:
    """A run with everything that a report can have in it."""
    mistake = Mistake(Place("b/pyproject.toml", 3), "models.net.mac", "unknown key")
    return results(
        [Reached("pyproject.toml", full), Reached("", kept("tests/test_net.py::test_net::#1"))],
        [NotRun("pyproject.toml", "mobilenet::R96", Place("pyproject.toml", 41), "explicit paths")],
        {"b/pyproject.toml": (mistake,)},
    )


def test_all_of_it(whole: Results, full: Verdict) -> None:
    found = json.loads(json_report(whole))

    assert list(found) == ["schema_version", "conventions", "cases", "not_run", "mistakes"]
    assert (found["schema_version"], found["conventions"]) == (1, 1)
    assert [(case["table"], case["id"]) for case in found["cases"]] == [
        (None, "tests/test_net.py::test_net::#1"),
        ("pyproject.toml", "mobilenet::R160"),
    ]
    assert found["cases"][1] == {"table": "pyproject.toml", **to_record(full)}
    assert from_record(found["cases"][1]) == full
    place = {"path": "pyproject.toml", "line": 41}
    assert found["not_run"] == [
        {"id": "mobilenet::R96", "table": "pyproject.toml", "place": place, "why": "explicit paths"}
    ]
    place = {"path": "b/pyproject.toml", "line": 3}
    mistake = {"table": "b/pyproject.toml", "place": place, "key": "models.net.mac", "text": "unknown key"}
    assert found["mistakes"] == [mistake]


def test_the_schema_that_is_published_is_that_of_the_types() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == report_schema(), "make docs writes it anew"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_report_keeps_the_schema(whole: Results) -> None:
    jsonschema.validate(json.loads(json_report(whole)), SCHEMA)
    jsonschema.validate(json.loads(json_report(Results())), SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), 2),
        (("conventions",), "1"),
        (("cases", 0, "status"), "fine"),
        (("cases", 0, "metrics", "macs"), 1.5),
        (("cases", 0, "limits", 0, "kept"), 1),
        (("cases", 0, "reason"), 5),
        (("not_run", 0, "why"), None),
    ],
)
def test_the_schema_refuses_another_value(
    whole: Results, with_value: Callable[..., object], path: tuple[str | int, ...], value: object
) -> None:
    data = with_value(json_report(whole), path, value)

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, SCHEMA)


def test_integers_are_exact(full: Verdict, run_of: Callable[..., Results]) -> None:
    huge = 2**80 + 1
    verdict = Verdict(case="net", model="net", place=full.place, metrics={"macs": huge})

    assert json.loads(json_report(run_of(verdict)))["cases"][0]["metrics"] == {"macs": huge}


def test_a_line_a_case(whole: Results) -> None:
    lines = json_report(whole).splitlines()

    assert lines[:4] == ["{", '"schema_version": 1,', '"conventions": 1,', '"cases": [']
    assert [json.loads(line.removesuffix(","))["id"] for line in lines[4:6]] == [
        "tests/test_net.py::test_net::#1",
        "mobilenet::R160",
    ]
    assert lines[6:8] + lines[9:11] + lines[12:] == ["],", '"not_run": [', "],", '"mistakes": [', "]", "}"]
