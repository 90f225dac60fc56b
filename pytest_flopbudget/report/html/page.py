"""The page itself: a template, styles, scripts and data in one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import TypedDict

from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.html.curves import Curve, curves
from pytest_flopbudget.report.html.detail import detail_of
from pytest_flopbudget.report.html.embedding import as_json, charts_library, fingerprint
from pytest_flopbudget.report.html.history import Moment, history_of, Sparkline
from pytest_flopbudget.report.html.rows import ORDER, Row, row_of, tallies

# The scripts in the order in which they run; together they are one.
_SCRIPTS = ("elements", "charts", "modules", "memory", "curves", "detail", "table", "page")
# What a page holds of these in all: with ten thousand cases, each has its largest few.
_MODULES, _BUFFERS = 200_000, 100_000
_MOST_MODULES, _LEAST = 1_000, 16


class Index(TypedDict):
    """What the page needs at once; each case's detail stands apart, and is read when it is unfolded."""

    rows: list[Row]
    statuses: list[str]
    tallies: list[tuple[str, int]]
    curves: list[Curve]


def page(groups: Mapping[str, Sequence[Verdict]], history: Mapping[str, Sequence[Moment]] = {}) -> str:
    """The report as HTML.

    Args:
        groups: Verdicts by the file of their table.
        history: What each case cost at the commits that changed its lock, the oldest first, by the case's id.
    """
    # Imported here: without the extra, all other reports can still be written.
    from jinja2 import Environment, PackageLoader, StrictUndefined
    ...
