"""The Markdown page: what it says, in which order, and that it fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_flopbudget.errors import Mistake, Place
from pytest_flopbudget.judge.changes import ModuleChange
from pytest_flopbudget.judge.verdicts import Finding, Verdict
from pytest_flopbudget.report.failure import body
from pytest_flopbudget.report.markdown.page import SMALLEST, markdown_report, page
from pytest_flopbudget.report.results import NotRun, Reached, Results, results

Make = Callable[[str], Verdict]
RunOf = Callable[..., Results]

PLACE = Place("pyproject.toml", 41)
HEADING = "|  | Case | MACs | Budget |\n| --- | --- | ---: | --- |"
KEPT = "| ✅ kept | <code>net::R96</code> | 11.17 MMACs | <code>11.17 MMACs of 12 MMACs (93%)</code> |"


def test_all_is_well(kept: Make, run_of: RunOf) -> None:
    assert (
        markdown_report(run_of(kept("net::R96")))
        == f"""\
## FLOP budgets: no case fails

1 case: 1 kept.

<details><summary>1 case with nothing of note</summary>

{HEADING}
{KEPT}

</details>
"""
    )


def test_one_case_fails(exceeded: Verdict, kept: Make, run_of: RunOf) -> None:
    told = body(exceeded).replace(">", "&gt;")

    assert (
        markdown_report(run_of(exceeded, kept("net::R96")))
        == f"""\
## FLOP budgets: 1 of 2 cases fails

2 cases: 1 exceeded, 1 kept.

{HEADING}
| ❌ exceeded | <code>mobilenet::R160</code> | 29.72 MMACs | <code>29.72 MMACs &#62; 29 MMACs (+2.5%)</code><br>\
limit at <code>pyproject.toml:42</code>: <code>30 fps on the DSP, rev B</code> |

<details><summary>❌ <code>mobilenet::R160</code></summary>

<pre>
{told}
</pre>

</details>

<details><summary>1 case with nothing of note</summary>

{HEADING}
{KEPT}

</details>
"""
    )


def test_many_reasons_do_not_flood_a_row(exceeded: Verdict, run_of: RunOf) -> None:
    findings = tuple(Finding("exceeded", "error", f"blocks.{block}: 2 MACs") for block in range(7))
    lines = markdown_report(run_of(replace(exceeded, findings=findings))).splitlines()
    reasons = "<br>".join(f"<code>blocks.{block}: 2 MACs</code>" for block in range(5))
    assert lines[6] == (
        f"| ❌ exceeded | <code>mobilenet::R160</code> | 29.72 MMACs | {reasons}<br>and 2 more reasons<br>"
        "limit at <code>pyproject.toml:42</code>: <code>30 fps on the DSP, rev B</code> |"
    )


def test_what_grew_since_the_lock(kept: Make, run_of: RunOf) -> None:
    changes = (
        ModuleChange("c", "grown", "macs", 8_000_000, 9_000_000, operator="aten::conv2d 1x8 gives 1x16"),
        ModuleChange("e", "new", "macs", 0, 1_000_000),
        ModuleChange("f", "moved", "macs", 5, 5, was="d.f"),
    )
    verdict = replace(kept("net::R96"), change="grown", locked={"macs": 10_000_000, "params": 60}, changes=changes)
    first = replace(kept("net::R32"), change="new")

    assert (
        markdown_report(run_of(verdict, first))
        == """\
## FLOP budgets: no case fails

2 cases: 2 kept.

|  | Case | MACs | Since the lock | Budget |
| --- | --- | ---: | ---: | --- |
| ✅ kept | <code>net::R32</code> | 11.17 MMACs | <code>new</code> | <code>11.17 MMACs of 12 MMACs (93%)</code> |
| ✅ kept | <code>net::R96</code> | 11.17 MMACs | <code>macs +12%</code> | <code>11.17 MMACs of 12 MMACs (93%)</code> |

<details><summary>✅ <code>net::R96</code></summary>

| Module |  | Before | After | Change | Operator |
| --- | --- | ---: | ---: | ---: | --- |
| <code>c</code> | grown | 8,000,000 MACs | 9,000,000 MACs | +13% | <code>aten::conv2d 1x8 gives 1x16</code> |
| <code>e</code> | new | 0 MACs | 1,000,000 MACs |  |  |
| <code>f</code><br>was <code>d.f</code> | moved | 5 MACs | 5 MACs | +0% |  |

</details>
"""
    )


def test_what_did_not_run_and_mistakes(kept: Make) -> None:
    missed = [NotRun("a/pyproject.toml", "net::R32", PLACE, 'collect = "never"')]
    mistakes = {"b/pyproject.toml": (Mistake(Place("b/pyproject.toml", 3), "models.net.mac", "unknown key"),)}
    reached = [Reached("a/pyproject.toml", kept("net::R96")), Reached("", kept("tests/test_a.py::test_a::#1"))]

    assert (
        markdown_report(results(reached, missed, mistakes))
        == f"""\
## FLOP budgets: a table has mistakes

2 cases: 2 kept.

- <code>b/pyproject.toml:3: models.net.mac: unknown key</code>

<details><summary>2 cases with nothing of note</summary>

{HEADING}
{KEPT.replace("net::R96", "tests/test&#95;a.py::test&#95;a::&#35;1")}
{KEPT.replace("<code>net", "<code>a/pyproject.toml</code><br><code>net")}

</details>

<details><summary>1 declared case did not run</summary>

- <code>a/pyproject.toml</code> <code>net::R32</code>: <code>collect = &#34;never&#34;</code>

</details>
"""
    )


def test_no_case() -> None:
    assert markdown_report(Results()) == "## FLOP budgets: no case ran\n"


@pytest.mark.parametrize("most", [SMALLEST, 10_000, 65_536, 1024 * 1024])
@pytest.mark.parametrize("name", ["net", "模" * 300, "|" * 300, "\U000e0001" * 300])
def test_it_is_no_larger_than_asked(exceeded: Verdict, kept: Make, most: int, name: str) -> None:
    reached = [
        Reached(table, verdict)
        for number in range(300)
        for table in ("pyproject.toml", name)
        for verdict in (replace(exceeded, case=f"{name}::R{number:03}"), kept(f"{name}::R{number:03}"))
    ]
    missed = [NotRun("pyproject.toml", f"{name}::T{number}", PLACE, "explicit paths") for number in range(1000)]
    mistakes = {name: (Mistake(Place(name, 3), name, name),) * 100}

    text = page(results(reached, missed, mistakes), most)

    assert len(text.encode()) <= most
    assert text.startswith("## FLOP budgets: 600 of 1,200 cases fail\n\n1,200 cases: 600 exceeded, 600 kept.\n")
    assert text.count("<details>") == text.count("</details>")


def test_what_found_no_room_is_counted(exceeded: Verdict, kept: Make, run_of: RunOf) -> None:
    worse = [
        replace(
            exceeded, case=f"net::R{number:04}", checks=(replace(exceeded.checks[0], measured=(number + 1) * 10**9),)
        )
        for number in range(1000)
    ]

    text = page(run_of(*worse, *(kept(f"small::R{number:04}") for number in range(10))), 20_000)

    rows = text.count("\n| ❌ exceeded | ")
    folds = text.count("<details><summary>❌ <code>")
    assert text.index("net::R0999") < text.index("net::R0998") < text.index("net::R0997")
    assert "net::R0000" not in text
    assert f"\n\nAnd {1000 - rows:,} more cases, for which there is no room here.\n" in text
    assert f"\n\nAnd {1000 - folds:,} more cases with more to say, for which there is no room here.\n" in text
    assert rows > 30
    assert folds > 5
