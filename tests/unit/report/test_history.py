"""A course of cost as text, whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.report.history import history_lines, moments, steps
from pytest_flopbudget.report.results import Moment


@dataclass(frozen=True, kw_only=True)
class At:
    """A lock at a commit."""

    short: str
    subject: str = "A change"
    author: str = "Ada"
    day: date = date(2026, 5, 4)
    conventions: int = 1
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    problem: str = ""

    @property
    def commit(self) -> str:
        return self.short * 10


def at(short: str, macs: int | None, subject: str = "A change", **others: int) -> At:
    counts = {} if macs is None else {"net::R96": {"macs": macs, "params": 3}}
    return At(short=short, counts=counts, subject=subject, conventions=others.get("conventions", 1))


# The latest first: a commit that left the case as it was is not told.
COURSE = (
    at("5555", 12_000_000, "Bring it back"),
    at("4444", None, "Take it out"),
    at("3333", 11_000_000, "A wider stem, which has a very long line to say why it had to be"),
    at("2222", 10_000_000),
    at("1111", 10_000_000, "Lock it"),
)


def test_a_case_commit_by_commit() -> None:
    assert history_lines(COURSE) == [
        "net::R96 (macs)",
        "  5555  2026-05-04   12 MMACs        Bring it back (Ada)",
        "  4444  2026-05-04  taken out        Take it out (Ada)",
        "  3333  2026-05-04   11 MMACs  +10%  A wider stem, ...say why it had to be (Ada)",
        "  1111  2026-05-04   10 MMACs        Lock it (Ada)",
    ]


def test_several_cases_and_locks_that_cannot_be_read() -> None:
    both = At(short="2222", counts={"b": {"params": 5}, "a": {"macs": 7}})
    broken = At(short="1111", problem="flopbudget.lock.json:3: it is damaged")
    assert history_lines([both, broken]) == [
        "a (macs)",
        "  2222  2026-05-04  7 MACs    A change (Ada)",
        "b (params)",
        "  2222  2026-05-04  5 params    A change (Ada)",
        "1111  flopbudget.lock.json:3: it is damaged",
    ]


def test_what_steers_a_terminal_is_not_printed() -> None:
    lines = history_lines([At(short="1111", subject="\x1b[31mred\u202e", counts={"a": {"macs": 7}})])
    assert lines[1] == "  1111  2026-05-04  7 MACs    \\x1b[31mred\\u202e (Ada)"


def test_nothing() -> None:
    assert history_lines([]) == []


def test_under_other_conventions_nothing_is_a_change() -> None:
    course = [at("2222", 10, conventions=2), at("1111", 10)]
    assert [(step.at.short, step.value, step.before) for step in steps(course, "net::R96")] == [
        ("1111", 10, None),
        ("2222", 10, None),
    ]
    assert steps(course, "other") == []


def test_as_a_line_can_draw_it() -> None:
    older = at("0000", 9_000_000, "Before the conventions of now", conventions=CONVENTIONS - 1)
    assert moments([*COURSE, older], "net::R96") == (
        Moment("1111", "Lock it", 10_000_000),
        Moment("3333", "A wider stem, which has a very long line to say why it had to be", 11_000_000),
        Moment("5555", "Bring it back", 12_000_000),
    )
    assert moments(COURSE, "other") == ()


def test_a_metric_of_another_version() -> None:
    assert history_lines([At(short="1111", counts={"net::R96": {"joules": 7_000}})]) == [
        "net::R96 (joules)",
        "  1111  2026-05-04  7,000    A change (Ada)",
    ]
