"""One line on a verdict or on a broken table, for pytest's short summary."""

from __future__ import annotations

from pytest_flopbudget.errors import TableError
from pytest_flopbudget.judge import wording
from pytest_flopbudget.judge.tolerance import ends
from pytest_flopbudget.judge.verdicts import Check, Verdict
from pytest_flopbudget.report.harmless import harmless
from pytest_flopbudget.report.text import counted

TABLE = "[tool.pytest-flopbudget]"


def headline(verdict: Verdict) -> str:
    """The weightiest reason, and how many more there are; without reasons, each count beside its limit."""
    if not verdict.reasons:
        return harmless("; ".join(wording.kept(verdict.checks)))
    more = len(verdict.reasons) - 1
    return harmless(f"{verdict.reasons[0]} (+{more} more)" if more else verdict.reasons[0])


def warning(verdict: Verdict) -> str:
    """What a verdict that warns says: its case and reason, and the first limit that is not kept, or near."""
    text = f"{verdict.case}: {headline(verdict)}"
    if ends(verdict):
        text += f"; it fails from {verdict.until} on"
    told = told_of(verdict)
    if not told:
        return text
    limit = told[0].limit
    return harmless(f"{text}; the limit is at {limit.place}" + (f" ({limit.reason})" if limit.reason else ""))


def told_of(verdict: Verdict) -> list[Check]:
    """The limits that a verdict is about: those that are not kept, or else those that are near."""
    if verdict.level == "off":
        return []
    missed = [check for check in verdict.checks if not check.kept]
    return missed or [check for check in verdict.checks if check.near]


def table_headline(error: TableError) -> str:
    """How many mistakes a table has, and the first of them, on one line."""
    first = " ".join(str(error.mistakes[0]).split()) if error.mistakes else ""
    return f"{counted(len(error.mistakes), 'mistake')} in {TABLE}: {first}"
