"""The terminal summary, whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_flopbudget.judge.verdicts import Check, Finding, Level, Verdict
from pytest_flopbudget.report.summary import Line, summary

Kept = Callable[[str], Verdict]
CANNOT_RUN = Finding("error", "error", "cannot run")


def texts(lines: list[Line]) -> list[str]:
    return [line.text for line in lines]


def alone(verdicts: list[Verdict], verbosity: int) -> list[Line]:
    """The summary of a run with one table."""
    return summary({"pyproject.toml": verdicts}, verbosity)


def test_only_what_is_not_plainly_kept_has_a_row(exceeded: Verdict, kept: Kept) -> None:
    near = replace(kept("net::R96"), findings=(Finding("near", "warn", "11.9 MMACs is 99% of 12 MMACs"),))
    error = replace(exceeded, case="head::R64", findings=(CANNOT_RUN,), traced=None, built=None)
    verdicts = [kept("net::R64"), near, error, exceeded]
    assert alone(verdicts, 0) == [
        Line("near        net::R96         11.9 MMACs is 99% of 12 MMACs (warning)", "yellow"),
        Line("error       head::R64        cannot run", "red"),
        Line("exceeded    mobilenet::R160  29.72 MMACs > 29 MMACs (+2.5%)", "red"),
        Line("4 cases: 1 error, 1 exceeded, 1 near, 1 kept. Traced: 3 shapes; built: 3 meta.", "red"),
    ]


def test_all_kept_is_one_line(kept: Kept) -> None:
    assert alone([kept("net::R64"), kept("net::R96")], 0) == [
        Line("2 cases: 2 kept. Traced: 2 shapes; built: 2 meta.", "green")
    ]


def test_verbose_has_all_rows(exceeded: Verdict, kept: Kept) -> None:
    assert texts(alone([kept("net::R96"), exceeded], 1)) == [
        "kept        net::R96         11.17 MMACs of 12 MMACs (93%)",
        "exceeded    mobilenet::R160  29.72 MMACs > 29 MMACs (+2.5%)",
        "2 cases: 1 exceeded, 1 kept. Traced: 2 shapes; built: 2 meta.",
    ]


def test_very_verbose_has_modules(kept: Kept) -> None:
    assert texts(alone([kept("net::R96")], 2)) == [
        "kept        net::R96  11.17 MMACs of 12 MMACs (93%)",
        "              stem  11,000,000 MACs   98.5%",
        "1 case: 1 kept. Traced: 1 shapes; built: 1 meta.",
    ]


def test_very_verbose_has_nothing_more_of_what_has_no_modules(kept: Kept) -> None:
    assert texts(alone([replace(kept("net::R96"), modules=())], 2)) == [
        "kept        net::R96  11.17 MMACs of 12 MMACs (93%)",
        "1 case: 1 kept. Traced: 1 shapes; built: 1 meta.",
    ]


def test_an_executed_case_is_told_among_the_totals(executed: Verdict, kept: Kept) -> None:
    verdicts = [kept("net::R64"), kept("net::R96"), kept("net::R128"), executed]
    assert texts(alone(verdicts, 0)) == ["4 cases: 4 kept. Traced: 3 shapes, 1 executed; built: 3 meta, 1 real."]


def test_verbose_has_an_executed_case_and_why(executed: Verdict) -> None:
    assert texts(alone([executed], 1)) == [
        "kept        router::R96  ≈ 11.17 MMACs of 12 MMACs (93%)",
        "                         executed: aten::nonzero in head (Head) reads values",
        "                         that depend on data",
        "1 case: 1 kept. Traced: 1 executed; built: 1 real.",
    ]


def test_very_verbose_has_the_modules_of_an_executed_case(executed: Verdict) -> None:
    assert "              stem  ≈ 11,000,000 MACs   98.5%" in texts(alone([executed], 2))


@pytest.mark.parametrize(
    ("level", "findings"), [("error", ()), ("error", (Finding("skipped", "off", "not now"),)), ("off", ())]
)
def test_quiet_is_silent_when_all_is_well(kept: Kept, level: Level, findings: tuple[Finding, ...]) -> None:
    assert alone([replace(kept("net::R96"), level=level, findings=findings)], -1) == []


def test_quiet_tells_failures_and_warnings(exceeded: Verdict, kept: Kept) -> None:
    near = replace(kept("net::R96"), findings=(Finding("near", "warn", "near"),))
    assert texts(alone([near], -1))[0] == "near        net::R96  near (warning)"
    assert texts(alone([exceeded], -1))[0] == "exceeded    mobilenet::R160  29.72 MMACs > 29 MMACs (+2.5%)"


def test_without_cases_there_is_nothing() -> None:
    assert alone([], 2) == []


def test_several_reasons_stand_below_each_other(exceeded: Verdict) -> None:
    verdict = replace(exceeded, findings=tuple(Finding("exceeded", "error", text) for text in ("first", "second")))
    assert texts(alone([verdict], 0))[:2] == [
        "exceeded    mobilenet::R160  first",
        "                             second",
    ]


def test_long_texts_wrap_at_80_columns(exceeded: Verdict) -> None:
    case = "a_family_of_models.with.a_rather_long_name::H1024-W2048"
    reason = "cannot run at 1x3x64x64: classifier.0 (Linear): mat1 and mat2 shapes cannot be multiplied"
    verdict = replace(exceeded, case=case, findings=(Finding("error", "error", reason),))
    assert texts(alone([verdict], 0))[:3] == [
        "error       a_family_of_models.with.a_rather_long_name::H1024-W2048",
        "              cannot run at 1x3x64x64: classifier.0 (Linear): mat1 and mat2",
        "              shapes cannot be multiplied",
    ]


def test_a_name_that_is_too_long_is_cut_in_its_middle(exceeded: Verdict) -> None:
    case = "n" * 60 + "::" + "p" * 60
    (first, *_) = texts(alone([replace(exceeded, case=case)], 0))
    assert first == "exceeded    " + "n" * 22 + "..." + "p" * 43
    assert len(first) == 80


def test_rows_stand_below_their_tables(exceeded: Verdict, kept: Kept) -> None:
    groups = {
        "services/a/pyproject.toml": [kept("net::R96")],
        "services/b/pyproject.toml": [kept("net::R96"), exceeded],
        "no table": [kept("tests/test_net.py::test_net::#1")],
    }
    b = ["services/b/pyproject.toml:", "exceeded    mobilenet::R160  29.72 MMACs > 29 MMACs (+2.5%)"]
    totals = "4 cases: 1 exceeded, 3 kept. Traced: 4 shapes; built: 4 meta."
    assert texts(summary(groups, 0)) == [*b, totals]
    assert texts(summary(groups, 1)) == [
        "services/a/pyproject.toml:",
        "kept        net::R96  11.17 MMACs of 12 MMACs (93%)",
        b[0],
        "kept        net::R96         11.17 MMACs of 12 MMACs (93%)",
        b[1],
        "no table:",
        "kept        tests/test_net.py::test_net::#1",
        "              11.17 MMACs of 12 MMACs (93%)",
        totals,
    ]
    assert summary({"a": [kept("net::R96")], "b": [kept("net::R96")]}, -1) == []


def of_modules(exceeded: Verdict, number: int) -> Verdict:
    texts = (f"blocks.{block}: 2 MACs > 1 MAC (+100%)" for block in range(number))
    return replace(exceeded, findings=tuple(Finding("exceeded", "error", text) for text in texts))


def test_many_modules_over_a_limit_do_not_flood_the_summary(exceeded: Verdict) -> None:
    assert texts(alone([of_modules(exceeded, 9)], 0))[4:6] == [
        "                             blocks.4: 2 MACs > 1 MAC (+100%)",
        "                             and 4 more reasons",
    ]
    assert len(alone([of_modules(exceeded, 9)], 1)) == 9 + 1
    assert len(alone([of_modules(exceeded, 5)], 0)) == 5 + 1


def test_tests_look_like_declared_cases(exceeded: Verdict) -> None:
    verdict = replace(exceeded, kind="test", case="test_net.py::test_net::student")
    assert texts(alone([verdict], 0))[0] == "exceeded    test_net.py::test_net::student  29.72 MMACs > 29 MMACs (+2.5%)"


def test_a_limit_on_many_modules_is_one_line_when_it_is_kept(kept: Kept) -> None:
    verdict = kept("vit::R96")
    (check,) = verdict.checks
    limit = replace(check.limit, subject="blocks.*")
    checks = tuple(Check(limit, 11_000_000 + number, module=f"blocks.{number}") for number in range(12))
    assert texts(alone([replace(verdict, checks=(check, *checks))], 1)) == [
        "kept        vit::R96  11.17 MMACs of 12 MMACs (93%)",
        "                      blocks.11: 11 MMACs of 12 MMACs (91%), the dearest of 12",
        "                      blocks.*",
        "1 case: 1 kept. Traced: 1 shapes; built: 1 meta.",
    ]


def test_a_dimension_that_changes_nothing_is_told_below_the_rows(exceeded: Verdict, kept: Kept) -> None:
    idle = [replace(kept(f"a_detector_with_a_name::R{size}"), point={"R": size}) for size in (320, 480, 640)]
    assert alone([*idle, exceeded], 0) == [
        Line("exceeded    mobilenet::R160  29.72 MMACs > 29 MMACs (+2.5%)", "red"),
        Line("note        a_detector_with_a_name costs the same at R = 320, 480 and 640: does"),
        Line("            it resize its input inside?"),
        Line("4 cases: 1 exceeded, 3 kept. Traced: 4 shapes; built: 4 meta.", "red"),
    ]
    assert alone(idle, -1) == []


def test_it_is_told_for_the_table_that_declares_it(kept: Kept) -> None:
    verdicts = [replace(kept(f"net::R{size}"), point={"R": size}) for size in (320, 640)]
    told = ["b.toml:", "note        net costs the same at R = 320 and 640: does it resize its input inside?"]
    groups = {"a.toml": verdicts[:1], "b.toml": verdicts}
    assert texts(summary(groups, 0, width=100))[:2] == told
    assert len(summary({"a.toml": verdicts[:1], "b.toml": verdicts[1:]}, 0)) == 1
