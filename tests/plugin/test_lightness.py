"""What a suite without budgets pays: nothing heavy is imported, and collecting never measures."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]

# Runs pytest and then prints which of the modules in question it imported.
SCRIPT = """
import json, sys
import pytest

code = pytest.main(sys.argv[1:])
names = ("torch", "numpy", "sympy", "tomllib", "pytest_flopbudget.engine", "pytest_flopbudget.judge",
         "pytest_flopbudget.report", "pytest_flopbudget.declare.root", "pytest_flopbudget.plugin.hooks")
print()
print(json.dumps([int(code), [name for name in names if name in sys.modules]]))
"""
TABLE = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3x16x16"
macs    = "1 M"
"""
LISTING = [["--collect-only"], ["--help"], ["--markers"], ["--fixtures"], ["--version"]]


@pytest.fixture
def imported(pytester: pytest.Pytester, options: tuple[str, ...]) -> Callable[..., set[str]]:
    """Run pytest in a fresh process, and return what it imported of the modules in question."""
    script = pytester.path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")

    def run(*args: str) -> set[str]:
        result = pytester.run(sys.executable, script, *options, *args)
        code, names = json.loads(result.outlines[-1])
        assert code == pytest.ExitCode.OK
        return set(names)

    return run


@pytest.mark.parametrize("args", [[], *LISTING], ids=str)
def test_a_suite_without_budgets(pytester: pytest.Pytester, imported: Callable[..., set[str]], args: list[str]) -> None:
    pytester.makefile(".ini", pytest="[pytest]\n")
    pytester.makepyfile("def test_plain(): pass")
    (pytester.path / "pyproject.toml").write_text('[project]\nname = "shop"\n', encoding="utf-8")
    assert imported(*args) <= {"tomllib"}


@pytest.mark.parametrize("args", LISTING, ids=str)
def test_listing_a_suite_with_budgets(declare: Declare, imported: Callable[..., set[str]], args: list[str]) -> None:
    declare(TABLE)
    assert imported(*args).isdisjoint({"torch", "numpy", "sympy", "pytest_flopbudget.engine"})


def test_cases_that_do_not_run_import_nothing(declare: Declare, imported: Callable[..., set[str]]) -> None:
    declare(TABLE)
    assert imported("tests").isdisjoint({"torch", "numpy", "sympy", "pytest_flopbudget.engine"})


def test_a_case_that_runs_imports_torch_alone(declare: Declare, imported: Callable[..., set[str]]) -> None:
    declare(TABLE)
    names = imported()
    assert "torch" in names
    assert "sympy" not in names
