from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Finding, Verdict
from pytest_flopbudget.report.results import NotRun, Reached, results, worst_first

PLACE = Place("pyproject.toml", 1)


def test_the_order_is_that_of_tables_and_ids(kept: Callable[[str], Verdict]) -> None:
    cases = [
        ("b/pyproject.toml", "net::R96"),
        ("a/pyproject.toml", "z"),
        ("", "t.py::t::#1"),
        ("a/pyproject.toml", "a"),
    ]
    missed = [NotRun(table, case, PLACE, "explicit paths") for table, case in cases]

    found = results([Reached(table, kept(case)) for table, case in cases], missed)

    assert [(each.table, each.verdict.case) for each in found.reached] == sorted(cases)
    assert [(each.table, each.case) for each in found.not_run] == sorted(cases)
    assert found == results(reversed(found.reached), reversed(found.not_run))
    assert found.has_tables
    assert not results(found.reached[:1]).has_tables


def case(status: str, level: str, measured: int = 0, limit: int = 0) -> Verdict:
    findings = {
        "exceeded error": (Finding("exceeded", "error", "over"),),
        "exceeded warn": (Finding("exceeded", "warn", "over"),),
        "error error": (Finding("error", "error", "no"),),
        "skipped off": (Finding("skipped", "off", "not yet"),),
        "kept off": (),
    }[f"{status} {level}"]
    checks = (Check(Limit(metric="macs", value=limit, place=PLACE, source=""), measured),) if measured else ()
    return Verdict(case=f"{status} {measured} of {limit}", model="net", place=PLACE, findings=findings, checks=checks)


def test_the_worst_comes_first() -> None:
    expected = [
        case("error", "error"),
        case("exceeded", "error", 5, 0),
        case("exceeded", "error", 30, 10),
        case("exceeded", "error", 100, 90),
        case("exceeded", "warn", 99, 1),
        case("kept", "off", 9, 10),
        case("kept", "off", 1, 10),
        case("skipped", "off"),
    ]

    found = worst_first(Reached("pyproject.toml", verdict) for verdict in reversed(expected))

    assert [each.verdict.case for each in found] == [verdict.case for verdict in expected]


def test_equals_are_sorted_by_name(exceeded: Verdict) -> None:
    reached = [Reached(table, replace(exceeded, case=name)) for table, name in [("b", "a"), ("a", "c"), ("a", "b")]]

    assert [(each.table, each.verdict.case) for each in worst_first(reached)] == [("a", "b"), ("a", "c"), ("b", "a")]
