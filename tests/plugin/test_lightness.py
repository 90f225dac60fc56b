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
         "pytest_flopbudget.report", "pytest_flopbudget.declaring.root", "pytest_flopbudget.plugin.hooks")
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
def imported(pytester: pytest.Pytester, options: tuple[str, ...], cold: None) -> Callable[..., set[str]]:
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


TESTS = """
import pytest

@pytest.mark.flop_budget(macs="1 M")
def test_marked(flop_budget):
    import toy
    flop_budget(toy.net(), "1x3x16x16")

@pytest.mark.flop_cases("net")
def test_case(flop_case):
    assert flop_case.model == "net"

def test_plain(count_flops):
    pass
"""


@pytest.mark.parametrize("table", ["", TABLE], ids=["no table", "table"])
def test_collecting_tests_with_budgets(declare: Declare, imported: Callable[..., set[str]], table: str) -> None:
    path = declare(table)
    (path.parent / "test_it.py").write_text(TESTS, encoding="utf-8")
    assert imported("--collect-only").isdisjoint({"torch", "numpy", "sympy", "pytest_flopbudget.engine"})


def test_tests_that_count_nothing_import_nothing(declare: Declare, imported: Callable[..., set[str]]) -> None:
    path = declare(TABLE)
    (path.parent / "test_it.py").write_text(TESTS, encoding="utf-8")
    assert imported("test_it.py", "-k", "plain or case").isdisjoint({"torch", "numpy", "sympy"})
    assert imported("test_it.py", "-k", "marked") >= {"torch"}
