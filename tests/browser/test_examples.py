"""The page of the examples, from disk, in a browser: its numbers, its charts, wide and narrow, light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from pytest_flopbudget.report.record import CaseRecord, LimitRecord

if TYPE_CHECKING:
    from tests.browser.conftest import Open, Reports


@pytest.fixture
def shown(open_page: Open, microcontroller: Reports) -> Page:
    """Wide, and light."""
    return open_page(microcontroller.html)


def row(page: Page, case: str) -> Locator:
    return page.locator(f'#cases tr[data-case="{case}"]')


def unfold(page: Page, case: str) -> Locator:
    """The detail of a case; its charts are drawn when they come into view."""
    row(page, case).locator("button").click()
    return page.locator(f'tr[data-case="{case}"] + tr.unfolded')


def test_every_case_is_there_with_its_status(shown: Page, microcontroller: Reports) -> None:
    told = {each.get_attribute("data-case"): each.locator(".badge").inner_text() for each in rows(shown)}
    assert told == {case: record["status"] for case, record in microcontroller.cases.items()}
    assert shown.locator("#total").inner_text() == f"{len(told)} cases"


def rows(page: Page) -> list[Locator]:
    return page.locator("#cases tr[data-case]").all()


def test_the_numbers_are_those_of_the_json(shown: Page, microcontroller: Reports) -> None:
    for case, record in microcontroller.cases.items():
        detail = unfold(shown, case)
        section = detail.locator("section", has=shown.locator("h3", has_text="Numbers"))
        cells = [each.inner_text().split("\t") for each in section.locator("tbody tr").all()]
        told = {name: int(text.removesuffix(" B").replace(",", "")) for name, text in cells}
        assert told == numbers(record)
        limits = detail.locator(".limit .exactly").all_inner_texts()
        assert [each.split(" at ")[0].removesuffix(" B") for each in limits] == list(map(limit, record["limits"]))
        row(shown, case).locator("button").click()


def numbers(record: CaseRecord) -> dict[str, int]:
    accounts = record["targets"].items()
    of_targets = {f"{key}@{name}": value for name, each in accounts for key, value in each["metrics"].items()}
    return {**record["metrics"], **of_targets}


def limit(record: LimitRecord) -> str:
    sign = "must be" if record["relation"] == "=" else "limit"
    return f"{record['measured']:,} counted, {sign} {record['limit']:,}"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_charts_are_drawn(open_page: Open, microcontroller: Reports, narrow: bool, dark: bool) -> None:
    page = open_page(microcontroller.html, narrow=narrow, dark=dark)
    detail = unfold(page, "vww::R96")
    charts = detail.locator(".chart")
    assert charts.count() == 2  # one plan of memory: both targets have the same
    for chart in charts.all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator("svg.main-svg").first).to_be_visible()
    tree, plan = charts.all()
    record = microcontroller.cases["vww::R96"]
    expect(tree.locator("g.slice")).to_have_count(sum(1 for each in record["modules"] if each["macs"]))
    expect(plan.locator("g.point")).to_have_count(len(record["plans"]["sensor"]["buffers"]))
    expect(plan).to_contain_text("peak 54 KiB")
    # Nothing stands out of the page on either side.
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(16, 20, 27)" if dark else "rgb(246, 247, 249)")


def test_areas_by_parameters(shown: Page, microcontroller: Reports) -> None:
    detail = unfold(shown, "vww::R96")
    tree = detail.locator(".chart").first
    tree.scroll_into_view_if_needed()
    detail.get_by_role("button", name="parameters").click()
    modules = microcontroller.cases["vww::R96"]["modules"]
    expect(tree.locator("g.slice")).to_have_count(sum(1 for each in modules if each["params"]))


def test_folded_again_the_detail_is_gone(shown: Page) -> None:
    button = row(shown, "kws::default").locator("button")
    unfold(shown, "kws::default")
    assert button.get_attribute("aria-expanded") == "true"
    shown.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "false"
    expect(shown.locator("tr.unfolded")).to_have_count(0)


def test_a_models_cost_over_its_points(shown: Page) -> None:
    (card,) = shown.locator(".card").all()
    card.scroll_into_view_if_needed()
    assert card.locator("h3").inner_text() == "vww"
    # Three counts, and a limit at each.
    expect(card.locator("path.point")).to_have_count(3 + 3)
    card.locator("select").select_option("weight_bytes@sensor")
    # Declared for the sensor at one point only; at the others that is not counted.
    expect(card.locator("path.point")).to_have_count(1 + 1)


def test_what_is_long_is_made_when_it_is_opened(shown: Page, microcontroller: Reports) -> None:
    detail = unfold(shown, "kws::default")
    fold = detail.locator("details", has=shown.locator("summary", has_text="modules"))
    assert fold.locator("table").count() == 0
    fold.locator("summary").click()
    expect(fold.locator("tbody tr").first).to_have_text("the model\t1\t2,656,768\t23,756".replace("\t", ""))
