from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.config import read_table

MEANT = "unknown table; did you mean [tool.pytest-flopbudget]?"


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("tool.flopbudget", "tool.flopbudget"),
        ("tool.pytest_flopbudget", "tool.pytest_flopbudget"),
        ("tool.pytest-flopbugdet", "tool.pytest-flopbugdet"),
        ("tool.pytest-flop-budgets", "tool.pytest-flop-budgets"),
        ('tool."PyTest.FlopBudget"', 'tool."PyTest.FlopBudget"'),
        ("tool.flopbudget.models.net", "tool.flopbudget"),
        ("pytest-flopbudget", "pytest-flopbudget"),
    ],
)
def test_other_names_are_told(mistakes: Callable[[str], list[str]], header: str, key: str) -> None:
    assert mistakes(f"# first line\n[{header}]\n") == [f"pyproject.toml:2: {key}: {MEANT}"]


def test_a_wrong_name_beside_the_right_one_is_told(mistakes: Callable[[str], list[str]]) -> None:
    right = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3"\nmacs = 1\n'
    assert mistakes(f"{right}[tool.flopbudget]\n") == [f"pyproject.toml:5: tool.flopbudget: {MEANT}"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[tool]\n",
        "tool = 3\n",
        "[tool.pytest.ini_options]\nminversion = '8'\n",
        "[tool.pytest-memray]\n[tool.pytest_env]\n[tool.pytest-budget]\n[tool.budget]\n",
        "flopbudget = 3\n",
        "[project]\ndependencies = ['pytest-flopbudget']\n",
    ],
)
def test_other_tables_are_no_concern_of_ours(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    assert read_table(path) is None
