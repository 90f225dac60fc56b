"""The page itself: a template, styles, scripts and data in one text."""

from __future__ import annotations

from importlib.resources import files
from typing import TypedDict

from pytest_flopbudget.judge.verdicts import Status
from pytest_flopbudget.report.html.curves import Curve, curves
from pytest_flopbudget.report.html.detail import Detail, detail_of
from pytest_flopbudget.report.html.embedding import as_json, charts_library, fingerprint
from pytest_flopbudget.report.html.history import sparkline
from pytest_flopbudget.report.html.rows import ORDER, Row, row_of, tallies
from pytest_flopbudget.report.results import Results, worst_first

_ASSETS = files("pytest_flopbudget.report.html") / "assets"
# In the order in which they run; together they are one script.
_SCRIPTS = ("elements", "charts", "modules", "memory", "curves", "detail", "filters", "table", "page")
# So many in the whole page: of ten thousand cases each has its largest few.
_MODULES, _BUFFERS = 200_000, 100_000
_MOST_MODULES, _FEWEST = 1_000, 16


class Index(TypedDict):
    """What the page shows at once; the detail of each case stands by itself, and is read when it is unfolded."""

    rows: list[Row]
    order: list[Status]
    tallies: list[tuple[Status, int]]
    has_tables: bool
    curves: list[Curve]
    not_run: list[tuple[str, str, str]]
    mistakes: list[str]


def page(results: Results) -> str:
    """A run as one page of HTML, the same for the same results; all that a user named is in its data alone.

    Args:
        results: What the run has come to.
    """
    # Imported here: without the extra, all other reports can still be written.
    from jinja2 import Environment, StrictUndefined

    script = "\n".join(_asset(f"{name}.js") for name in _SCRIPTS)
    packed, library = charts_library()
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(_asset("page.html.jinja"))
    return template.render(
        policy=f"default-src 'none'; script-src {fingerprint(script)} {library}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'",
        style=_asset("page.css"),
        script=script,
        library=packed,
        index=as_json(_index(results)),
        details=[as_json(each) for each in _details(results)],
    )


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _index(results: Results) -> Index:
    return {
        "rows": [row_of(each.verdict, each.table) for each in worst_first(results.reached)],
        "order": list(ORDER),
        "tallies": tallies(results.verdicts),
        "has_tables": results.has_tables,
        "curves": curves(results.reached),
        "not_run": [(each.case, each.table, each.why) for each in results.not_run],
        "mistakes": [str(each) for mistakes in results.mistakes.values() for each in mistakes],
    }


def _details(results: Results) -> list[Detail]:
    """The details in the order of the rows."""
    number = max(len(results.reached), 1)
    modules = min(max(_MODULES // number, _FEWEST), _MOST_MODULES)
    buffers = max(_BUFFERS // number, _FEWEST)
    return [detail_of(each.verdict, modules, buffers, sparkline(each.moments)) for each in worst_first(results.reached)]
