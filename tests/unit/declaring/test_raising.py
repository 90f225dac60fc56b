"""Today's numbers for limits that are not kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_flopbudget.declaring.proposing import Left, Proposal
from pytest_flopbudget.declaring.raising import baseline
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Verdict

PLACE = Place("pyproject.toml", 4)
PATH = ("models", "net", "macs")
MACS = Limit(metric="macs", value=1000, place=PLACE, source="1 k", path=PATH)
EQUAL = replace(MACS, relation="=", source="= 1 k")


def verdict(case: str, *checks: Check) -> Verdict:
    return Verdict(case=case, kind="declared", model="net", place=PLACE, checks=checks)


def test_a_limit_becomes_the_largest_count_of_all_that_it_holds() -> None:
    chosen = [verdict("net::R1", Check(MACS, 1500)), verdict("net::R2", Check(MACS, 900))]
    others = [verdict("net::R3", Check(MACS, 2001)), verdict("else", Check(replace(MACS, path=("else",)), 9000))]
    counts = {"net::R1": 1500, "net::R2": 900, "net::R3": 2001}
    made = Proposal(file="pyproject.toml", path=PATH, metric="macs", text="2_001", before="1 k", counts=counts)
    assert baseline(chosen, others) == ([made], [])


@pytest.mark.parametrize(
    ("limit", "other", "why"),
    [
        (replace(MACS, target="board"), 1500, "it is a limit of the target board"),
        (EQUAL, 1501, "the count must equal it, and it holds several that differ"),
        (replace(EQUAL, path=()), 1500, "it is a number that the count must equal"),
        (replace(MACS, path=()), 1500, "it stands in no table"),
    ],
)
def test_what_cannot_be_todays_number(limit: Limit, other: int, why: str) -> None:
    found, left = baseline([verdict("net::R1", Check(limit, 1500))], [verdict("net::R2", Check(limit, other))])
    assert (found, left) == ([], [Left("net::R1", limit.name, why)])


def test_a_number_that_all_have_is_written_as_one_that_they_must() -> None:
    found, left = baseline([verdict("net::R1", Check(EQUAL, 1500)), verdict("net::R2", Check(EQUAL, 1500))], [])
    assert ([each.text for each in found], left) == (["= 1_500"], [])


def test_what_is_kept_stays() -> None:
    assert baseline([verdict("net::R1", Check(MACS, 1000))], []) == ([], [])
