"""Whatever stands in a name, a report shows it, and does nothing else for it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from pytest_flopbudget.errors import Mistake, Place
from pytest_flopbudget.judge.changes import ModuleChange
from pytest_flopbudget.judge.verdicts import Finding, ModuleRow, UncountedOperator, Verdict
from pytest_flopbudget.report.annotations import commands
from pytest_flopbudget.report.failure import body
from pytest_flopbudget.report.formats import FORMATS
from pytest_flopbudget.report.harmless import visible
from pytest_flopbudget.report.headline import headline, warning
from pytest_flopbudget.report.results import NotRun, Reached, Results, results

HOSTILE = {
    "a script": "<script>alert(1)</script>",
    "an image": "<img src=x onerror=alert(1)>",
    "ends of tags": "</code></td></table></pre></details></script>-->]]>",
    "bars": "a|b||c\\|d",
    "backticks": "`x` ``y`` ```",
    "a link": "[here](javascript:alert(1)) ![i](https://example.com/i.png) <https://example.com>",
    "emphasis": "***bold*** __under__ ~~gone~~ $x^2$ # head\n- item\n1. item\n> quote",
    "a mention": "@everyone #1 GH-1 owner/repo#2 :tada: https://example.com/x www.example.com",
    "entities": "&lt;b&gt; &amp;amp; &#60;i&#62; %3Cb%3E %0A",
    "ANSI escapes": "\x1b[31mred\x1b[0m\x1b]0;title\x07\x1b]8;;https://example.com\x1b\\link\x9b31m",
    "newlines": "one\ntwo\r\nthree\rfour\x0bfive\x85six\u2028seven\n\neight",
    "a workflow's command": "\n::error file=a.py,line=1::gone\n  ::add-mask::macs",
    "another command": "##[error]no ::set-output name=a::b",
    "a template": "{{ 7 * 7 }} {% raw %} ${{ secrets.TOKEN }} %(x)s {0}",
    "other scripts": "モデル 模型 модель मॉडल שלום",
    "marks of direction": "invoice\u202egnp.exe\u2066\u2069\u200f\u061c",
    "nothing to see": "a\u200b\ufeff\u00ad\u2060\u00a0b",
    "no characters": "\x00\udfff\ud800\uffff",
    "long": "x" * 10_000,
    "long, and wide": "模" * 10_000,
    "long words of markup": "<b>|" * 3_000,
}
PLAIN = "plain"
TAGS = ["h2", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"]
OURS = ["br", "code", "details", "summary", "pre"]
named = pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)


@pytest.fixture
def verdict_of(exceeded: Verdict) -> Callable[[str], Verdict]:
    """A case with a name wherever a user has a say."""

    def make(name: str) -> Verdict:
        check = exceeded.checks[0]
        limit = replace(check.limit, source=name, reason=name, subject=name, place=Place(name, 7))
        return replace(
            exceeded,
            case=f"tests/test_net.py::test_net::{name}",
            model=name,
            place=Place(name, 3),
            reason=f"{name}?",
            findings=(
                Finding("exceeded", "error", f"{name}: 29.72 MMACs > 29 MMACs (+2.5%)"),
                Finding("incomplete", "error", f"1 call of {name} is uncounted"),
            ),
            details=(name, f"at        {name}"),
            notes=(name,),
            checks=(replace(check, limit=limit, module=name),),
            uncounted=(UncountedOperator(f"shop::{name}", name, 1, (name,), 1, name),),
            modules=(*exceeded.modules, ModuleRow(name, 1, 10**6, 0, 10, 1000)),
            change="grown",
            locked={"macs": 28_000_000},
            changes=(ModuleChange(name, "grown", "macs", 5, 8, was=f"{name}.was", operator=name),),
        )

    return make


@pytest.fixture
def run_with(verdict_of: Callable[[str], Verdict]) -> Callable[[str], Results]:
    """A run with a name in everything that a report tells."""

    def make(name: str) -> Results:
        return results(
            [Reached(name, verdict_of(name)), Reached("pyproject.toml", verdict_of(name))],
            [NotRun(name, name, Place(name, 3), name)],
            {name: (Mistake(Place(name, 3), name, name),)},
        )

    return make


class Page(HTMLParser):
    """What a browser makes of a page: its tags in order, their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.tags.append("!--")


def rendered(text: str) -> Page:
    return Page(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))


def is_seen(text: str) -> bool:
    """Whether every character is seen, lines apart."""
    return all(character == "\n" or visible(character) == character for character in text)


def check_json(text: str, results: Results, plain: Results) -> None:
    assert text.isascii()
    assert is_seen(text)
    found = json.loads(text)
    verdict = results.reached[-1].verdict
    assert {case["id"] for case in found["cases"]} == {verdict.case}
    assert {case["limits"][0]["reason"] for case in found["cases"]} == {verdict.checks[0].limit.reason}
    assert found["not_run"][0]["id"] == results.not_run[0].case


def check_markdown(text: str, results: Results, plain: Results) -> None:
    assert is_seen(text)
    assert not re.search(r"^\s*::", text, re.MULTILINE)
    page, other = rendered(text), rendered(FORMATS[".md"].write(plain))
    assert set(page.tags) <= {f"{end}{tag}" for tag in [*TAGS, *OURS] for end in ("", "/")}
    assert set(page.attributes) <= {("style", "text-align:right")}
    # The markup is the same for every name.
    assert page.tags == other.tags
    (name,) = {each.case for each in results.not_run}
    if len(name) < 100:
        assert visible(name) in "".join(page.texts)


def check_html(text: str, results: Results, plain: Results) -> None:
    page, other = Page(text), Page(FORMATS[".html"].write(plain))
    # Names are in the data alone, and no name ends that: all else is the same for every name.
    assert (page.tags, page.attributes) == (other.tags, other.attributes)
    index = next(json.loads(each) for each in page.texts if each.startswith('{"rows"'))
    assert [row["id"] for row in index["rows"]] == [visible(each.verdict.case) for each in results.reached]


# A new form of a report says here what harmless means in it.
CHECKS: dict[str, Callable[[str, Results, Results], None]] = {
    ".json": check_json,
    ".md": check_markdown,
    ".html": check_html,
}


def test_every_form_is_checked() -> None:
    assert set(CHECKS) == set(FORMATS)


@named
@pytest.mark.parametrize("suffix", FORMATS)
def test_reports(run_with: Callable[[str], Results], name: str, suffix: str) -> None:
    text = FORMATS[suffix].write(run_with(name))

    CHECKS[suffix](text, run_with(name), run_with(PLAIN))


@named
def test_annotations(run_with: Callable[[str], Results], name: str) -> None:
    lines = commands(run_with(name), lambda path: path)

    assert len(lines) == 3
    for line in lines:
        assert line.isprintable()
        assert re.fullmatch(r"::error file=[^,:]*,line=[37],title=[^,:]*::.*", line)
        assert len(line) < 10_000


@named
def test_a_failures_text(verdict_of: Callable[[str], Verdict], name: str) -> None:
    verdict = verdict_of(name)

    for text in (body(verdict), headline(verdict), warning(verdict)):
        assert is_seen(text)
        assert not re.search(r"^\s*::|##\[", text, re.MULTILINE)
    assert "\n" not in headline(verdict) + warning(verdict)
