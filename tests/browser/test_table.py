"""Sorting, searching and turning pages; exactly, also beyond the integers that JavaScript has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from pytest_flopbudget.judge.verdicts import Verdict

if TYPE_CHECKING:
    from tests.browser.conftest import Open

# A double cannot tell these two apart.
HUGE = 2**53
COUNTS = {"small::R8": (80, 100), "huge::R8": (HUGE, 2 * HUGE), "huger::R8": (HUGE + 1, 10 * HUGE), "over::R16": (9, 6)}


@pytest.fixture
def shown(open_page: Open, verdict: Callable[..., Verdict], html_of: Callable[..., str]) -> Page:
    """Four cases, and a fifth that could not be measured."""
    broken = replace(verdict("broken::R8", 7, 9), checks=(), metrics={}, modules=())
    return open_page(html_of(*(verdict(case, *counts) for case, counts in COUNTS.items()), broken))


def cases(page: Page) -> list[str]:
    return [each.partition("::")[0] for each in page.locator("#cases .fold").all_inner_texts()]


@pytest.mark.parametrize(
    ("heading", "once", "twice"),
    [
        ("Case", ["broken", "huge", "huger", "over", "small"], ["small", "over", "huger", "huge", "broken"]),
        # 150 %, 80 %, 50 % and 10 %; without a number it stands last either way.
        ("Budget", ["over", "small", "huge", "huger", "broken"], ["huger", "huge", "small", "over", "broken"]),
        ("MACs", ["huger", "huge", "small", "over", "broken"], ["over", "small", "huge", "huger", "broken"]),
    ],
)
def test_sorting(shown: Page, heading: str, once: list[str], twice: list[str]) -> None:
    button = shown.locator("#cases thead").get_by_role("button", name=heading)
    numeric = heading != "Case"
    for expected, direction in ((once, numeric), (twice, not numeric)):
        button.click()
        assert cases(shown) == expected
        sorted_by = shown.locator("#cases th[aria-sort$='ending']")
        assert sorted_by.inner_text().startswith(heading)
        assert sorted_by.get_attribute("aria-sort") == ("descending" if direction else "ascending")


def test_the_worst_stands_first(shown: Page) -> None:
    assert cases(shown)[0] == "over"


def test_huge_numbers_keep_their_last_digit(shown: Page) -> None:
    for case in ("huge::R8", "huger::R8"):
        shown.locator(f'#cases tr[data-case="{case}"] button').click()
        detail = shown.locator(f'tr[data-case="{case}"] + tr.unfolded')
        macs = f"{COUNTS[case][0]:,}"
        expect(detail.locator("section", has_text="Numbers").last.locator("td.number").first).to_have_text(macs)
        assert shown.locator(f'tr[data-case="{case}"] td.macs span').get_attribute("title") == f"{macs} MACs"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("HUGE", ["huge", "huger"]),
        ("r8 huge huger", ["huger"]),
        ("exceeded", ["over"]),
        ("nothing of the kind", []),
    ],
)
def test_searching(shown: Page, text: str, found: list[str]) -> None:
    shown.get_by_role("searchbox").fill(text)
    expect(shown.locator("#cases .fold")).to_have_count(len(found))
    assert sorted(cases(shown)) == found
    assert shown.locator("#nothing").is_visible() == (not found)


def test_one_status_alone(shown: Page) -> None:
    button = shown.get_by_role("button", name="1 exceeded")
    button.click()
    assert cases(shown) == ["over"]
    button.click()
    assert len(cases(shown)) == len(COUNTS) + 1


def test_narrow_it_is_sorted_by_a_list(
    open_page: Open, verdict: Callable[..., Verdict], html_of: Callable[..., str]
) -> None:
    page = open_page(html_of(*(verdict(case, *counts) for case, counts in COUNTS.items())), narrow=True)
    assert not page.locator("#cases thead").is_visible()
    page.get_by_label("Sort").select_option("MACs")
    assert cases(page) == ["huger", "huge", "small", "over"]


def test_ten_thousand_cases(open_page: Open, verdict: Callable[..., Verdict], html_of: Callable[..., str]) -> None:
    page = open_page(html_of(*(verdict(f"net{at % 1000}::R{at}", 1000 + at, 20_000) for at in range(10_000))))
    assert page.locator("#total").inner_text() == "10,000 cases"
    assert len(cases(page)) == 50
    assert page.locator("#pager span").inner_text() == "1–50 of 10,000"
    page.locator("#pager").get_by_role("button", name="Next").click()
    assert page.locator("#pager span").inner_text() == "51–100 of 10,000"
    page.locator("#cases thead").get_by_role("button", name="MACs").click()
    assert page.locator("#cases .fold").first.inner_text() == "net999::R9999"
    page.get_by_role("searchbox").fill("net77::R1077")
    expect(page.locator("#cases .fold")).to_have_count(1)
    page.locator("#cases .fold").click()
    expect(page.locator(".detail .exactly")).to_have_text("2,077 counted, limit 20,000 at pyproject.toml:7")
    expect(page.locator(".card")).to_have_count(1)
