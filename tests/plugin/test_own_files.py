"""A table in ``flopbudget.toml``, and one that includes other files: 3 * 8 * 9 + 8 * 4 = 248 MACs a pixel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]

NET = '[models.{}]\nfactory = "toy:net"\ninput = "1x3x16x16"\nmacs = "{}"\n'


def test_a_table_of_its_own_runs(declare: Declare, run: Run) -> None:
    declare(NET.format("net", "60 k"), "flopbudget.toml")

    result = run()

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ flop budget of net::default _*",
            "FAILED flopbudget.toml::net::default - 63.49 kMACs > 60 kMACs (+5.8%)",
        ]
    )


def test_its_cases_are_asked_for_by_name_and_missed_with_explicit_paths(declare: Declare, run: Run) -> None:
    declare(NET.format("net", "64 k") + NET.format("other", "64 k"), "flopbudget.toml")

    run("flopbudget.toml::net").assert_outcomes(passed=1)
    run("--flopbudget-only=other").assert_outcomes(passed=2, deselected=1)
    result = run("tests")
    assert result.outlines[-1] == "flopbudget: 2 declared cases did not run (explicit paths); add --flopbudget"


def test_what_fails_in_an_included_file_is_told_at_its_line(
    declare: Declare, run: Run, pytester: pytest.Pytester
) -> None:
    declare('[tool.pytest-flopbudget]\ninclude = ["budgets/*.toml"]\n')
    (pytester.path / "budgets").mkdir()
    (pytester.path / "budgets" / "a.toml").write_text(NET.format("net", "60 k"), encoding="utf-8")

    result = run("--flopbudget-report=flops.json", "-rA", "--tb=line")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            f"{pytester.path / 'budgets' / 'a.toml'}:1: 63.49 kMACs > 60 kMACs (+5.8%)",
            "FAILED pyproject.toml::net::default - 63.49 kMACs > 60 kMACs (+5.8%)",
        ]
    )
    assert '"place": {"path": "budgets/a.toml", "line": 1}' in (pytester.path / "flops.json").read_text("utf-8")


def test_both_tables_fail_and_the_tests_run(declare: Declare, run: Run) -> None:
    declare("[tool.pytest-flopbudget.models.net]\n" + NET.format("net", "64 k").partition("\n")[2])
    declare(NET.format("net", "64 k"), "flopbudget.toml")

    result = run()

    result.assert_outcomes(passed=1, failed=2)
    assert (
        "pyproject.toml:1: flopbudget.toml stands beside it, and one of the two counts: move the keys there, or "
        "remove it"
    ) in result.outlines


def test_a_member_may_have_a_table_of_its_own(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    declare('[tool.pytest-flopbudget]\nmembers = ["a"]\n')
    (pytester.path / "a").mkdir()
    (pytester.path / "a" / "flopbudget.toml").write_text(NET.format("net", "64 k"), encoding="utf-8")
    (pytester.path / "a" / "toy.py").write_text((pytester.path / "toy.py").read_text("utf-8"), encoding="utf-8")

    result = run("-v")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["a/flopbudget.toml::net::default PASSED*"])


def test_included_limits_are_compared_with_a_revision(
    declare: Declare, run: Run, pytester: pytest.Pytester, git: Callable[..., str]
) -> None:
    declare('[tool.pytest-flopbudget]\nlock = "flops.json"\ninclude = ["a.toml"]\n')
    (pytester.path / "a.toml").write_text(NET.format("net", "64 k"), encoding="utf-8")
    run("--flopbudget-update")
    git(pytester.path, "init", "-b", "main")
    git(pytester.path, "add", ".")
    git(pytester.path, "commit", "-m", "before")
    (pytester.path / "a.toml").write_text(NET.format("net", "65 k"), encoding="utf-8")

    result = run("--flopbudget-compare=HEAD")

    result.stdout.fnmatch_lines(["budget raised: net::default macs 64 k → 65 k, without a new reason (a.toml:4)"])
