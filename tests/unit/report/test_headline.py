"""One line for the short summary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_flopbudget.errors import Mistake, Place, TableError
from pytest_flopbudget.judge.verdicts import Check, Finding, Verdict
from pytest_flopbudget.report.headline import headline, table_headline, warning


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        (("29.72 MMACs > 29 MMACs (+2.5%)",), "29.72 MMACs > 29 MMACs (+2.5%)"),
        (("first", "second", "third"), "first (+2 more)"),
    ],
)
def test_reasons(exceeded: Verdict, reasons: tuple[str, ...], expected: str) -> None:
    findings = tuple(Finding("exceeded", "error", reason) for reason in reasons)
    assert headline(replace(exceeded, findings=findings)) == expected


def test_kept(kept: Callable[[str], Verdict]) -> None:
    assert headline(kept("net::R96")) == "11.17 MMACs of 12 MMACs (93%)"


def test_kept_for_these_data(executed: Verdict) -> None:
    assert headline(executed) == "≈ 11.17 MMACs of 12 MMACs (93%)"


def test_a_limit_on_modules_that_is_kept(kept: Callable[[str], Verdict]) -> None:
    verdict = kept("vit::R96")
    limit = replace(verdict.checks[0].limit, subject="stem")
    verdict = replace(verdict, checks=(*verdict.checks, Check(limit, 6_000_000, module="stem")))
    assert headline(verdict) == "11.17 MMACs of 12 MMACs (93%); stem: 6 MMACs of 12 MMACs (50%)"


def test_a_warning_says_where_the_limit_is(exceeded: Verdict, kept: Callable[[str], Verdict]) -> None:
    over = "29.72 MMACs > 29 MMACs (+2.5%)"
    place = "the limit is at pyproject.toml:42 (30 fps on the DSP, rev B)"
    assert warning(exceeded) == f"mobilenet::R160: {over}; {place}"
    verdict = kept("net::R96")
    near = replace(
        verdict,
        findings=(Finding("near", "warn", "near"),),
        checks=tuple(replace(check, near=True) for check in verdict.checks),
    )
    assert warning(near) == "net::R96: near; the limit is at pyproject.toml:40"
    assert warning(replace(exceeded, level="off")) == f"mobilenet::R160: {over}"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([7], "1 mistake in [tool.pytest-flopbudget]: pyproject.toml:7: models.net.maccs: unknown key"),
        ([9, 7, 8], "3 mistakes in [tool.pytest-flopbudget]: pyproject.toml:7: models.net.maccs: unknown key"),
    ],
)
def test_tables(lines: list[int], expected: str) -> None:
    mistakes = [Mistake(Place("pyproject.toml", line), "models.net.maccs", "unknown key") for line in lines]
    assert table_headline(TableError(mistakes)) == expected
