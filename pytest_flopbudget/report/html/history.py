"""What a case cost over time: the line of its lock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from pytest_flopbudget.report.html.numbers import exact
from pytest_flopbudget.report.results import Moment


class Sparkline(TypedDict):
    """The moments of a case, the oldest first."""

    commits: list[str]
    subjects: list[str]
    macs: list[str]


def sparkline(moments: Sequence[Moment]) -> Sparkline:
    """The moments of a case as the page draws them."""
    return {
        "commits": [each.commit for each in moments],
        "subjects": [each.subject for each in moments],
        "macs": [exact(each.macs) for each in moments],
    }
