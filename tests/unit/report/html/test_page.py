from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.html.needed import missing
from pytest_flopbudget.report.html.page import page
from pytest_flopbudget.report.results import Moment, Results


def part(html: str, name: str) -> dict[str, object]:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', html)
    assert found
    data = json.loads(found[1])
    assert isinstance(data, dict)
    return data


def test_it_is_the_same_for_the_same_results(full: Verdict, run_of: Callable[..., Results]) -> None:
    assert page(run_of(full)) == page(run_of(full))


def test_it_asks_no_network(full: Verdict, run_of: Callable[..., Results]) -> None:
    html = page(run_of(full))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    hashes = r"&#39;sha256-[\w+/]+=*&#39;"
    assert re.fullmatch(
        rf"default-src &#39;none&#39;; script-src {hashes} {hashes}; style-src &#39;unsafe-inline&#39;; img-src data:; "
        "base-uri &#39;none&#39;; form-action &#39;none&#39;",
        policy[1],
    )
    assert not re.search(r"(src|href)=\"(?!data:,)", html)


def test_rows_and_details_stand_in_one_order(
    exceeded: Verdict, kept: Callable[[str], Verdict], run_of: Callable[..., Results]
) -> None:
    html = page(run_of(kept("a"), exceeded))
    rows = part(html, "index")["rows"]
    assert isinstance(rows, list)
    assert [row["id"] for row in rows] == ["mobilenet::R160", "a"]
    first, second = part(html, "detail-0"), part(html, "detail-1")
    assert (first["findings"], second["findings"]) == ([["exceeded", "error", "29.72 MMACs > 29 MMACs (+2.5%)"]], [])


def test_what_grew_and_all_the_numbers(full: Verdict, run_of: Callable[..., Results]) -> None:
    detail = part(page(run_of(full)), "detail-0")
    assert detail["grown"] == [
        {
            "path": "c",
            "fate": "grown",
            "metric": "macs",
            "before": "6,280,000",
            "after": "8,000,000",
            "growth": "+1,720,000",
            "relative": "+27%",
            "was": "",
            "operator": "aten::conv2d 1x8 gives 1x16",
        },
        {
            "path": "e",
            "fate": "new",
            "metric": "macs",
            "before": "0",
            "after": "1,000,000",
            "growth": "+1,000,000",
            "relative": "",
            "was": "d.e",
            "operator": "",
        },
    ]
    numbers = detail["numbers"]
    assert isinstance(numbers, list)
    assert [(each["metric"], each["value"], each["locked"]) for each in numbers] == [
        ("macs", "29,720,000", "28,000,000"),
        ("flops", "59,440,000", ""),
        ("params", "60", "60"),
        ("activations", "29,720", ""),
        ("arena_bytes@nucleo", "819,200", "800,000"),
    ]
    assert detail["shares"] == [
        {"metric": "macs", "case": "mobilenet::R160", "value": "29,720,000", "to_lose": "720,000"}
    ]
    assert detail["uncounted"] == ["shop::mix in stem, 2×"]


def test_history_is_drawn_where_it_is_known(exceeded: Verdict, run_of: Callable[..., Results]) -> None:
    run = run_of(exceeded)
    moments = (Moment("a1b2c3d", "Wider", 28_000_000),)
    html = page(replace(run, reached=(replace(run.reached[0], moments=moments),)))
    assert part(html, "detail-0")["history"] == {
        "commits": ["a1b2c3d"],
        "subjects": ["Wider"],
        "macs": ["28,000,000"],
    }


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing() == ""
    monkeypatch.setattr(
        "pytest_flopbudget.report.html.needed.find_spec",
        lambda name: None if name == "plotly" else importlib.util.find_spec(name),
    )
    assert missing() == "the HTML report needs plotly: pip install 'pytest-flopbudget[html]'"
