"""What a run tells of what it tolerates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Finding, Verdict
from pytest_flopbudget.report.failure import body
from pytest_flopbudget.report.headline import warning
from pytest_flopbudget.report.summary import Line, summary
from pytest_flopbudget.report.tolerated import slack_note, tolerance_notes

TODAY = date(2027, 2, 20)


def lenient(verdict: Verdict, case: str, until: str = "") -> Verdict:
    finding = Finding("exceeded", "warn", "29.72 MMACs > 29 MMACs (+2.5%)")
    return replace(verdict, case=case, findings=(finding,), level="warn", until=until)


def test_nothing_is_tolerated(exceeded: Verdict) -> None:
    assert list(tolerance_notes([exceeded], TODAY)) == []


def test_for_ever(exceeded: Verdict) -> None:
    notes = list(tolerance_notes([lenient(exceeded, "a"), lenient(exceeded, "b"), exceeded], TODAY))
    assert notes == ["2 cases over a limit or the lock, most of all a (macs +2.5%)"]


def test_for_long(exceeded: Verdict) -> None:
    notes = list(tolerance_notes([lenient(exceeded, "a", "2027-03-07"), lenient(exceeded, "b", "2028-01-01")], TODAY))
    assert notes == ["2 cases over a limit or the lock, most of all a (macs +2.5%); the first fails from 2027-03-07 on"]


def test_two_weeks_before_and_on_the_last_day(exceeded: Verdict) -> None:
    cases = [lenient(exceeded, "a", "2027-03-06"), lenient(exceeded, "b", "2027-02-21"), lenient(exceeded, "c")]
    assert list(tolerance_notes(cases, TODAY))[1:] == [
        "b fails from 2027-02-21 on, in 1 day",
        "a fails from 2027-03-06 on, in 14 days",
    ]


def test_over_the_lock_alone(exceeded: Verdict) -> None:
    grown = replace(lenient(exceeded, "a"), findings=(Finding("grown", "warn", "grown"),), checks=())
    assert list(tolerance_notes([grown], TODAY)) == ["1 case over a limit or the lock"]


def test_in_the_summary(exceeded: Verdict) -> None:
    lines = summary({"pyproject.toml": [lenient(exceeded, "a", "2027-03-01")]}, 0, today=TODAY)
    assert lines[1:3] == [
        Line("tolerated   1 case over a limit or the lock, most of all a (macs +2.5%)", "yellow"),
        Line("tolerated   a fails from 2027-03-01 on, in 9 days", "yellow"),
    ]


def test_a_warning_says_when_it_ends(exceeded: Verdict) -> None:
    assert warning(lenient(exceeded, "a", "2027-03-01")) == (
        "a: 29.72 MMACs > 29 MMACs (+2.5%); it fails from 2027-03-01 on; the limit is at pyproject.toml:42 "
        "(30 fps on the DSP, rev B)"
    )


def test_a_failure_says_that_it_was_tolerated(exceeded: Verdict) -> None:
    assert "\n\nIt was to warn until 2027-03-01.\nTraced: shapes." in body(replace(exceeded, until="2027-03-01"))


def test_room(kept: Callable[[str], Verdict]) -> None:
    def with_limit(case: str, value: int) -> Verdict:
        verdict = kept(case)
        limit: Limit = replace(verdict.checks[0].limit, value=value)
        return replace(verdict, checks=(Check(limit, 11_170_000),))

    verdicts = [with_limit("a", 30_000_000), with_limit("b", 20_000_000), with_limit("c", 111_700_000)]
    assert slack_note(verdicts) == "more than half to spare: macs of c (10% used) and macs of a (37% used)"
    many = [with_limit(case, 30_000_000) for case in "abcde"]
    assert slack_note(many) == (
        "more than half to spare: macs of a (37% used), macs of b (37% used), macs of c (37% used) and 2 more"
    )
    assert slack_note([kept("a")]) == ""


def test_room_is_told_with_verbosity_only(kept: Callable[[str], Verdict]) -> None:
    verdict = kept("a")
    roomy = replace(verdict, checks=(replace(verdict.checks[0], measured=1_200_000),))
    assert "hint        more than half to spare: macs of a (10% used)" in [
        line.text for line in summary({"pyproject.toml": [roomy]}, 2)
    ]
    assert [line.text for line in summary({"pyproject.toml": [roomy]}, 0)] == [
        "1 case: 1 kept. Traced: 1 shapes; built: 1 meta."
    ]
