"""A page of Markdown on a run, the worst first, no larger than asked."""

from __future__ import annotations

from collections import Counter
from typing import Final, get_args

from pytest_flopbudget.judge.verdicts import Status, Verdict
from pytest_flopbudget.report.markdown.code import code
from pytest_flopbudget.report.markdown.fitting import Room, fitting, fold
from pytest_flopbudget.report.markdown.matters import matters
from pytest_flopbudget.report.markdown.tables import Columns, case_table, not_run_row
from pytest_flopbudget.report.results import Results, worst_first
from pytest_flopbudget.report.text import counted

LARGEST_COMMENT: Final = 65_536
"""The characters of a comment that GitHub takes; kept to in bytes, which are no fewer."""
LARGEST_SUMMARY: Final = 1024 * 1024
"""The bytes of a job's summary that GitHub takes of one step."""
SMALLEST: Final = 4096
"""The bytes that a page needs to say anything."""

# For the lines that say what was left out.
_RESERVE = 1024


def markdown_report(results: Results) -> str:
    """A page that fits into a comment on a pull request."""
    return page(results, LARGEST_COMMENT)


def page(results: Results, most: int) -> str:
    """A page on a run: what is of note, then what each of those cases has to say, then the others, folded.

    Args:
        results: The run's.
        most: The bytes that it may have, at least :data:`SMALLEST`; what finds no room is counted where it would be.
    """
    columns = Columns.of(results)
    told = [each for each in worst_first(results.reached) if _is_of_note(each.verdict)]
    rest = [each for each in results.reached if not _is_of_note(each.verdict)]
    mistakes = [code(str(each), 500) for several in results.mistakes.values() for each in several]
    head = _head(results)
    room = Room(most - _RESERVE - sum(len(line.encode()) + 1 for line in head))
    # Much of it is for what the worst cases have to say, however many cases there are.
    held = room.lend(3)
    lines = [
        *head,
        *fitting([f"- {each}" for each in mistakes], room, "mistake"),
        *case_table(told, columns, room),
    ]
    room.take_back(held)
    lines += matters(told, columns, room)
    lines += fold(f"{counted(len(rest), 'case')} with nothing of note", case_table(rest, columns, room))
    missed = fitting([not_run_row(each) for each in results.not_run], room, "case")
    lines += fold(f"{counted(len(results.not_run), 'declared case')} did not run", missed)
    return "\n".join(lines) + "\n"


def _is_of_note(verdict: Verdict) -> bool:
    return verdict.status != "kept" or verdict.change not in (None, "same")


def _head(results: Results) -> list[str]:
    verdicts = results.verdicts
    failing = sum(verdict.fails for verdict in verdicts)
    if failing:
        verb = "fails" if failing == 1 else "fail"
        what = f"{failing:,} of {counted(len(verdicts), 'case')} {verb}"
    elif results.mistakes:
        what = "a table has mistakes"
    else:
        what = "no case fails" if verdicts else "no case ran"
    numbers = Counter(verdict.status for verdict in verdicts)
    statuses: tuple[Status, ...] = get_args(Status)
    told = ", ".join(f"{numbers[status]:,} {status}" for status in statuses if numbers[status])
    return [f"## FLOP budgets: {what}", *(["", f"{counted(len(verdicts), 'case')}: {told}."] if verdicts else [])]
