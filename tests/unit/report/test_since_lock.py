from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_flopbudget.judge.changes import Change
from pytest_flopbudget.judge.locks import Entry
from pytest_flopbudget.judge.verdicts import Finding, Verdict
from pytest_flopbudget.report.entry_record import of_entry, to_entry
from pytest_flopbudget.report.failure import body
from pytest_flopbudget.report.since_lock import change_told, notes, since_lock, unlimited
from pytest_flopbudget.report.summary import summary

Kept = Callable[[str], Verdict]


def shrunk(verdict: Verdict) -> Verdict:
    """11,170,000 MACs where 12,000,000 were locked."""
    return replace(verdict, locked={"macs": 12_000_000, "params": 60, "activations": 64}, change="shrunk")


def test_exact_numbers_of_what_changed(kept: Kept) -> None:
    verdict = replace(kept("net::R96"), locked={"macs": 9_000_000, "params": 61, "activations": 64}, change="grown")
    assert since_lock(verdict) == [
        "Since the lock:",
        "  macs    9,000,000 to 11,170,000 MACs (+24%)",
        "  params         61 to         60 params (-1.6%)",
    ]
    assert since_lock(replace(verdict, locked={})) == []


def test_the_body_of_what_grew(kept: Kept) -> None:
    verdict = replace(
        kept("net::R96"),
        checks=(),
        findings=(Finding("grown", "error", "11.17 MMACs > 9 MMACs locked (+24%)"),),
        details=("the lock is x.json, named at pyproject.toml:2",),
        locked={"macs": 9_000_000},
        change="grown",
    )
    assert body(verdict).splitlines() == [
        "11.17 MMACs > 9 MMACs locked (+24%)",
        "the lock is x.json, named at pyproject.toml:2",
        "",
        "Since the lock:",
        "  macs  9,000,000 to 11,170,000 MACs (+24%)",
        "",
        "Traced: shapes. Built: meta.",
    ]


@pytest.mark.parametrize(
    ("locked", "change", "told"),
    [
        ({}, None, ""),
        ({}, "new", "new"),
        ({"macs": 11_170_000, "params": 60}, "same", "same"),
        ({"macs": 12_000_000, "params": 50}, "grown", "-6.9%"),
        ({"macs": 11_170_000, "params": 50}, "grown", "params +20%"),
    ],
)
def test_a_word_for_a_column(kept: Kept, locked: dict[str, int], change: Change | None, told: str) -> None:
    assert change_told(replace(kept("net::R96"), locked=locked, change=change)) == told


def test_what_the_lock_alone_holds(kept: Kept) -> None:
    assert unlimited(kept("net::R96")) == ("11.17 MMACs, 60 params",)
    assert unlimited(replace(kept("net::R96"), metrics={})) == ()


def test_the_column_of_the_summary(kept: Kept) -> None:
    alone = replace(shrunk(kept("student::R96")), checks=())
    verdicts = [shrunk(kept("net::R96")), replace(kept("net::R128"), change="new"), alone]
    told = [line.text for line in summary({"pyproject.toml": verdicts}, 1)]
    assert told == [
        "kept        net::R96      -6.9%  11.17 MMACs of 12 MMACs (93%)",
        "kept        net::R128     new    11.17 MMACs of 12 MMACs (93%)",
        "kept        student::R96  -6.9%  11.17 MMACs, 60 params",
        "note        2 cases are cheaper than locked: net::R96 (-6.9%), student::R96",
        "            (-6.9%); --flopbudget-update keeps the lower numbers",
        "3 cases: 3 kept. Traced: 3 shapes; built: 3 meta.",
    ]


def test_what_became_cheaper_is_told_without_asking(kept: Kept) -> None:
    told = [line.text for line in summary({"pyproject.toml": [shrunk(kept("net::R96"))]}, 0)]
    assert told == [
        "note        1 case is cheaper than locked: net::R96 (-6.9%); --flopbudget-update",
        "            keeps the lower numbers",
        "1 case: 1 kept. Traced: 1 shapes; built: 1 meta.",
    ]


def test_notes_on_many_and_on_what_is_allowed(kept: Kept) -> None:
    dearer = replace(kept("b"), locked={"macs": 11_000_000}, change="grown")
    refused = replace(dearer, findings=(Finding("grown", "error", "11.17 MMACs > 11 MMACs locked (+1.5%)"),))
    over_both = replace(refused, findings=(Finding("exceeded", "error", "11.17 MMACs > 11 MMACs"), *refused.findings))
    assert list(notes([*(shrunk(kept(f"a{number}")) for number in range(7)), dearer, refused, over_both])) == [
        (
            "7 cases are cheaper than locked: a0 (-6.9%), a1 (-6.9%), a2 (-6.9%), a3 (-6.9%), a4 (-6.9%) and 2 more; "
            "--flopbudget-update keeps the lower numbers"
        ),
        "1 case is dearer than locked, by no more than is allowed: b (+1.5%)",
    ]


def test_no_notes_on_what_is_about_to_be_written(kept: Kept) -> None:
    assert list(notes([replace(shrunk(kept("a")), entry=Entry(metrics={"macs": 1}))])) == []


def test_an_entry_as_basic_types() -> None:
    entry = Entry(metrics={"macs": 1}, backend="thop", mode="training")
    assert to_entry(of_entry(entry)) == entry
