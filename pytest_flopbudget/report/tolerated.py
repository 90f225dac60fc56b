"""What a run tolerates, in the summary: cases that only warn, until when; and limits with much room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from pytest_flopbudget.judge.tolerance import slack, tolerated, worst
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.quantities import format_excess
from pytest_flopbudget.report.text import counted, listed

SOON = 14
_NAMED = 3


def tolerance_notes(verdicts: Sequence[Verdict], today: date) -> Iterator[str]:
    """What is tolerated in all, and each case that will fail within two weeks, each as a text.

    Counts of several cases are not added up: points of one model are no parts of a whole.
    """
    found = tolerated(verdicts)
    if not found:
        return
    most = worst(found)
    told = f"{counted(len(found), 'case')} over a limit or the lock"
    if most is not None:
        verdict, check = most
        excess = format_excess(check.measured, check.limit.value)
        told += f", most of all {verdict.case} ({check.limit.name} {excess})"
    days = {verdict.case: date.fromisoformat(verdict.until) for verdict in found if verdict.until}
    later = [day for day in days.values() if (day - today).days > SOON]
    yield told + (f"; the first fails from {min(later)} on" if later and len(later) == len(days) else "")
    for case, day in sorted(days.items(), key=lambda each: (each[1], each[0])):
        left = (day - today).days
        if 0 < left <= SOON:
            yield f"{case} fails from {day} on, in {counted(left, 'day')}"


def slack_note(verdicts: Iterable[Verdict]) -> str:
    """The limits that have more than half to spare; empty where none has."""
    spare = sorted(
        (
            (100 * check.measured // check.limit.value, verdict.case, check.limit.name)
            for verdict in verdicts
            for check in slack(verdict)
        ),
    )
    if not spare:
        return ""
    named = [f"{metric} of {case} ({used}% used)" for used, case, metric in spare[:_NAMED]]
    more = len(spare) - _NAMED
    told = listed([*named, f"{more} more"] if more > 0 else named)
    return f"more than half to spare: {told}"
