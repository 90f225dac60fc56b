from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_flopbudget.errors import Mistake, Place
from pytest_flopbudget.judge.verdicts import Finding, Verdict
from pytest_flopbudget.report.annotations import commands
from pytest_flopbudget.report.results import Reached, Results, results


def test_an_error_at_the_limit(
    exceeded: Verdict, kept: Callable[[str], Verdict], run_of: Callable[..., Results]
) -> None:
    found = commands(run_of(exceeded, kept("net::R96")), lambda path: f"services/a/{path}")

    (line,) = found
    assert line == (
        "::error file=services/a/pyproject.toml,line=42,title=exceeded%3A mobilenet%3A%3AR160::"
        "29.72 MMACs > 29 MMACs (+2.5%25)%0AReason: 30 fps on the DSP, rev B"
    )


def test_a_warning(kept: Callable[[str], Verdict], run_of: Callable[..., Results]) -> None:
    verdict = replace(kept("net::R96"), findings=(Finding("incomplete", "warn", "1 call of shop::mix is uncounted"),))

    assert commands(run_of(verdict), str) == [
        "::warning file=pyproject.toml,line=40,title=incomplete%3A net%3A%3AR96::1 call of shop::mix is uncounted"
    ]


def test_mistakes_come_first() -> None:
    place = Place("a,b:c/pyproject.toml", 3)
    mistakes = {"a,b:c/pyproject.toml": (Mistake(place, "models.net.mac", "unknown key"), Mistake(place, "", "empty"))}

    where = "::error file=a%2Cb%3Ac/pyproject.toml,line=3,title=mistake in a%2Cb%3Ac/pyproject.toml::"
    assert commands(results((), (), mistakes), str) == [f"{where}models.net.mac: unknown key", f"{where}empty"]


def test_at_most_ten_the_worst_first(exceeded: Verdict) -> None:
    worse = [
        replace(exceeded, case=f"net::R{number}", checks=(replace(exceeded.checks[0], measured=number * 10**9),))
        for number in range(20)
    ]

    found = commands(results(Reached("pyproject.toml", each) for each in worse), str)

    assert [line.partition("title=exceeded%3A net%3A%3A")[2].partition("::")[0] for line in found] == [
        f"R{number}" for number in range(19, 9, -1)
    ]
