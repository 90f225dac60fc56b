"""A table with mistakes is one failing test, and every other test runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]

MISTAKEN = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3x16x16"
maccs   = "1 M"
macs    = "10 Bananas"

[tool.pytest-flopbudget.models.other]
factory = "toy:net"
input   = "1x3x16xS"
macs    = "1 M"
"""
FIRST = "pyproject.toml:4: models.net.maccs: unknown key; did you mean 'macs'?"
DISTRIBUTED = pytest.mark.parametrize("args", [(), ("-n", "1")], ids=["alone", "xdist"])


def mistakes(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if line.startswith("pyproject.toml:") and ": " in line]


@DISTRIBUTED
def test_all_mistakes_are_listed_once(
    declare: Declare, run: Run, run_alone: Run, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CI", "1")
    declare(MISTAKEN)
    result = (run_alone if args else run)(*args)
    result.assert_outcomes(passed=1, failed=1)
    told = mistakes(result)
    assert len(told) == len(set(told)) == 3
    assert told[0] == FIRST
    assert [line.split(": ")[:2] for line in told[1:]] == [
        ["pyproject.toml:5", "models.net.macs"],
        ["pyproject.toml:9", "models.other.input"],
    ]
    summary = f"FAILED pyproject.toml::table - 3 mistakes in [tool.pytest-flopbudget]: {FIRST}"
    assert summary in result.outlines
    assert "INTERNALERROR" not in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


@DISTRIBUTED
def test_a_misspelt_table_is_told(declare: Declare, run: Run, run_alone: Run, args: tuple[str, ...]) -> None:
    declare(MISTAKEN.replace("tool.pytest-flopbudget", "tool.flopbudget"))
    result = (run_alone if args else run)(*args)
    result.assert_outcomes(passed=1, failed=1)
    assert len(mistakes(result)) == 1
    result.stdout.fnmatch_lines(["FAILED pyproject.toml::table - 1 mistake in [[]tool.pytest-flopbudget]: *"])


def test_tb_line_points_at_the_first_mistake(declare: Declare, run: Run) -> None:
    path = declare(MISTAKEN)
    assert f"{path}:4: 3 mistakes in [tool.pytest-flopbudget]: {FIRST}" in run("--tb=line").outlines


def test_a_file_that_is_no_toml(declare: Declare, run: Run) -> None:
    # Of pyproject.toml pytest itself says so, and runs nothing.
    declare("[tool.pytest-flopbudget\n", "budgets.toml")
    result = run("--flopbudget-config=budgets.toml")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["FAILED budgets.toml::table - 1 mistake in *"])


@pytest.mark.parametrize("args", [("-m", "flop_budget"), ("-k", "table"), ("pyproject.toml::table",)])
def test_the_item_is_selected_like_any_other(declare: Declare, run: Run, args: tuple[str, ...]) -> None:
    declare(MISTAKEN)
    result = run(*args)
    assert result.parseoutcomes()["failed"] == 1
    assert "passed" not in result.parseoutcomes()


@pytest.mark.parametrize("option", ["--flopbudget-only=net", "--flopbudget-skip=net"])
def test_a_table_with_mistakes_has_no_names_to_check(declare: Declare, run: Run, option: str) -> None:
    declare(MISTAKEN)
    run(option).assert_outcomes(passed=1, failed=1)


BAD_MODELS = """
[tool.pytest-flopbudget.models.unheard]
factory = "nowhere_to_be_found:net"
input   = "1x3x16x16"
macs    = "1 M"

[tool.pytest-flopbudget.models.number]
factory = "toy:TOY"
input   = "1x3x16x16"
macs    = "1 M"

[tool.pytest-flopbudget.models.headed]
factory = "toy:headed"
input   = "1x3x16x16"
macs    = "1 M"
"""


@DISTRIBUTED
def test_models_that_cannot_be_measured(declare: Declare, run: Run, run_alone: Run, args: tuple[str, ...]) -> None:
    declare(BAD_MODELS)
    result = (run_alone if args else run)(*args)
    result.assert_outcomes(passed=1, failed=3)
    assert len([line for line in result.outlines if line.startswith("error       ")]) == 3
    assert "INTERNALERROR" not in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize("name", ["pyproject.toml::net", "pyproject.toml::net::default", "pyproject.toml::table"])
def test_a_case_that_is_asked_for_tells_the_mistakes(
    declare: Declare, run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("CI", "1")
    declare(MISTAKEN)
    result = run(name)
    result.assert_outcomes(failed=1)
    assert f"FAILED {name} - 3 mistakes in [tool.pytest-flopbudget]: {FIRST}" in result.outlines
