"""Whatever stands in a name, the browser shows it as text, charts included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from pytest_flopbudget.counting.memory.plan import Buffer
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.changes import ModuleChange
from pytest_flopbudget.judge.drawing import Drawing
from pytest_flopbudget.judge.verdicts import ModuleRow, UncountedOperator, Verdict
from pytest_flopbudget.report.html.page import page
from pytest_flopbudget.report.results import Moment, NotRun, Reached, results

if TYPE_CHECKING:
    from tests.browser.conftest import Open

ALERT = "window.struck = true"


@pytest.mark.parametrize(
    "name",
    [
        f"<script>{ALERT}</script>",
        f"<img src=x onerror='{ALERT}'>",
        f"</script><script>{ALERT}</script>",
        f'"><a href="javascript:{ALERT}">here</a>',
        f"<b>bold</b> <a href='javascript:{ALERT}'>here</a><br>&lt;i&gt;",
        "${7 * 7} {{ 7 * 7 }} %{label} $x^2$",
        "モデル шалом שלום",
    ],
)
def test_it_is_text(open_page: Open, verdict: Callable[..., Verdict], name: str) -> None:
    of = [replace(hostile(verdict, name), case=f"net::{name}{at}", point={name: at}) for at in (1, 2)]
    moments = (Moment(name, name, 5), Moment("b", name, 6))
    run = results(
        (Reached(table, each, moments) for table in ("pyproject.toml", name) for each in of),
        [NotRun(name, name, Place(name, 3), name)],
    )
    shown = open_page(page(run))
    shown.locator("#cases .fold").first.click()
    for fold in shown.locator("details > summary").all():
        fold.click()
    for chart in shown.locator(".chart").all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator("svg.main-svg").first).to_be_visible()
    assert shown.evaluate("window.struck") is None
    assert shown.locator("#cases a, #cases img, main script, main b:not(#tallies b), .cards a, .chart a").count() == 0
    assert shown.locator("#cases .fold").first.inner_text() == f"net::{name}1"
    # In the tree's own area too, as far as it has room.
    expect(shown.locator(".chart g.slice", has_text=name[:8]).first).to_be_visible()
    assert name in shown.locator("#not-run").inner_text()


def hostile(verdict: Callable[..., Verdict], name: str) -> Verdict:
    """A case with a name wherever the page tells one."""
    made = verdict("net::R8", 900, 800)
    check = made.checks[0]
    limit = replace(check.limit, subject=name, reason=name, place=Place(name, 3), target=name)
    buffer = Buffer((4, 4), name, 64, 0, 1, name, name, "input", 0)
    return replace(
        made,
        model=name,
        reason=name,
        findings=tuple(replace(each, text=name) for each in made.findings),
        details=(name,),
        notes=(name,),
        checks=(*made.checks, replace(check, limit=limit, module=name)),
        modules=(*made.modules[:1], ModuleRow(name.replace(".", ""), 1, 900, 0, 30, 5)),
        changes=(ModuleChange(name, "grown", "macs", 5, 8, was=name, operator=name),),
        uncounted=(UncountedOperator(name, name, 2),),
        plans={name: Drawing("tflm-greedy", 2, 0, 64, 64, (buffer,), 0, 0)},
    )
