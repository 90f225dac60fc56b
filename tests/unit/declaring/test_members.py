from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import Table

Read = Callable[[str], Table]
Mistakes = Callable[[str], list[str]]

NET = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3"\nmacs = "1 M"\n'


@pytest.fixture(autouse=True)
def _monorepo(tmp_path: Path) -> None:
    """Services with tables, one without a file; a library without a table, one with a misspelt one; budgets."""
    files = {
        "services/a/pyproject.toml": NET,
        "services/b/pyproject.toml": NET.replace("macs", "maccs"),
        "services/c/README.md": "",
        "libs/vision/pyproject.toml": '[project]\ndependencies = ["pytest-flopbudget"]\n',
        "libs/text/pyproject.toml": "[tool.flopbudget]\n",
        "libs/broken/pyproject.toml": "[tool.pytest-flopbudget\n",
        "budgets/ci.toml": NET,
        "budgets/p[1]/pyproject.toml": NET,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def table(members: str) -> str:
    return f"[tool.pytest-flopbudget]\nmembers = {members}\n"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ('["services/*"]', ["services/a", "services/b"]),
        ('["services/b", "services/*", "./services/a"]', ["services/b", "services/a"]),
        ('["services/[ab]/pyproject.toml"]', ["services/a", "services/b"]),
        ('["services/a/../b"]', ["services/b"]),
        ('["libs/*"]', ["libs/broken", "libs/text"]),
        ('["budgets/*"]', ["budgets/ci.toml", "budgets/p[1]"]),
        ('["budgets/p[1]"]', ["budgets/p[1]"]),
        ('["*/*"]', ["budgets/ci.toml", "budgets/p[1]", "libs/broken", "libs/text", "services/a", "services/b"]),
        ('["*", "services/a", "*.toml"]', None),
    ],
)
def test_members(read: Read, mistakes: Mistakes, tmp_path: Path, members: str, expected: list[str] | None) -> None:
    if expected is None:
        assert len(mistakes(table(members))) == 2
        return
    paths = [tmp_path / each if each.endswith(".toml") else tmp_path / each / "pyproject.toml" for each in expected]
    assert read(table(members)).members == tuple(map(str, paths))
    assert read(table(members) + NET).members == tuple(map(str, paths))


NONE = "has a table [tool.pytest-flopbudget]"
NO_MODEL = "no model is declared: write one, as in [tool.pytest-flopbudget.models.net]"


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ('["services/a", "services/d"]', "members[1]: there is no 'services/d'; did you mean 'services/c'?"),
        ('["nowhere/at/all"]', "members[0]: there is no 'nowhere/at/all'"),
        ('["services/c"]', "members[0]: 'services/c' has no pyproject.toml"),
        ('["libs/vision"]', "members[0]: libs/vision/pyproject.toml has no table [tool.pytest-flopbudget]"),
        ('["services/c/README.md"]', "members[0]: services/c/README.md has no table [tool.pytest-flopbudget]"),
        ('["."]', "members[0]: '.' is this very table"),
        ('["pyproject.toml"]', "members[0]: 'pyproject.toml' is this very table"),
        ('["nothing/*"]', "members[0]: nothing matches 'nothing/*'"),
        ('["libs/v*"]', f"members[0]: nothing that matches 'libs/v*' {NONE}: libs/vision"),
        ('["*/*/*.md"]', f"members[0]: nothing that matches '*/*/*.md' {NONE}: services/c/README.md"),
        ('["*"]', f"members[0]: nothing that matches '*' {NONE}: budgets, libs, pyproject.toml, …"),
        ('["**/a"]', "members[0]: '**/a' would search every folder: name them, as in 'services/*'"),
        ('["/opt/models"]', "members[0]: '/opt/models' is absolute: write it relative to this file's folder"),
        ('["services/a", "", "nowhere"]', "members[1]: the text is empty"),
        ('"services/*"', "members: 'services/*' is no list of texts: write ['services/*']"),
    ],
)
def test_mistakes(mistakes: Mistakes, members: str, told: str) -> None:
    assert mistakes(table(members)) == [f"pyproject.toml:2: {told}"]


def test_an_empty_list_declares_nothing(mistakes: Mistakes) -> None:
    assert mistakes(table("[]")) == [f"pyproject.toml:1: {NO_MODEL}"]


def test_each_mistake_stands_on_its_line(mistakes: Mistakes) -> None:
    assert mistakes(table('[\n  "services/x",\n  "services/a",\n  "libs/nowhere",\n]')) == [
        "pyproject.toml:3: members[0]: there is no 'services/x'; did you mean 'services/c'?",
        "pyproject.toml:5: members[2]: there is no 'libs/nowhere'; did you mean 'libs/broken'?",
    ]
