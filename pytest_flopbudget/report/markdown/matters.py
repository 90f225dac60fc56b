"""What each case of note has to say, folded: its failure's whole text, and what grew in it."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.failure import body
from pytest_flopbudget.report.markdown.code import block, code
from pytest_flopbudget.report.markdown.fitting import Room, fold, left_out
from pytest_flopbudget.report.markdown.tables import Columns, change_table, symbol
from pytest_flopbudget.report.results import Reached

# No case has so little to say that less room would do.
_SMALLEST = 200


def matters(told: Sequence[Reached], columns: Columns, room: Room) -> list[str]:
    """A fold for each case that has more to say than its row, in their order; those without room are counted."""
    lines: list[str] = []
    number = 0
    for each in told:
        if not _has_a_matter(each.verdict):
            continue
        matter = _matter(each, columns) if room.left > _SMALLEST else []
        if matter and room.take(*matter):
            lines += matter
        else:
            number += 1
    return [*lines, *left_out(number, "case", " with more to say")]


def _has_a_matter(verdict: Verdict) -> bool:
    return verdict.fails or verdict.warns or bool(verdict.changes)


def _matter(each: Reached, columns: Columns) -> list[str]:
    verdict = each.verdict
    table = f"{code(each.table)} " if columns.table and each.table else ""
    text = ["", *block(body(verdict)).split("\n")] if verdict.fails or verdict.warns else []
    return fold(f"{symbol(verdict)} {table}{code(verdict.case)}", [*text, *change_table(verdict.changes)])
