from __future__ import annotations

from pathlib import Path

import pytest

from pytest_flopbudget.declaring.homes import Home, homes_of, root_in
from pytest_flopbudget.declaring.included import file_called
from pytest_flopbudget.declaring.lines import Path as Keys

ROOT = ("tool", "pytest-flopbudget")
NET = 'factory = "nets:Net"\ninput = "1x3x8x8"\n'


@pytest.mark.parametrize(
    ("file", "table", "root"),
    [
        ("pyproject.toml", "pyproject.toml", ROOT),
        ("a/other.toml", "a/other.toml", ROOT),
        ("flopbudget.toml", "flopbudget.toml", ()),
        ("../a/flopbudget.toml", "../a/flopbudget.toml", ()),
        # An included file has the keys at its top, whoever includes it.
        ("budgets/vision.toml", "pyproject.toml", ()),
        ("budgets/vision.toml", "flopbudget.toml", ()),
    ],
)
def test_the_root_of_our_table(file: str, table: str, root: Keys) -> None:
    assert root_in(file, table) == root


@pytest.mark.parametrize(
    ("called", "table", "path"),
    [
        ("pyproject.toml", "pyproject.toml", "pyproject.toml"),
        ("budgets/vision.toml", "pyproject.toml", "budgets/vision.toml"),
        ("../budgets/vision.toml", "../pyproject.toml", "budgets/vision.toml"),
        ("shop/budgets/vision.toml", "shop/pyproject.toml", "budgets/vision.toml"),
        ("common/vision.toml", "shop/pyproject.toml", "../common/vision.toml"),
    ],
)
def test_a_file_by_what_messages_call_it(called: str, table: str, path: str, tmp_path: Path) -> None:
    folder = tmp_path / "shop"

    found = file_called(called, folder / "pyproject.toml", table)

    assert found == (tmp_path / "common/vision.toml" if path.startswith("..") else folder / path)


def test_each_model_and_the_file_that_it_stands_in(tmp_path: Path) -> None:
    own, seen = tmp_path / "pyproject.toml", tmp_path / "budgets" / "seen.toml"
    seen.parent.mkdir()
    seen.write_text(f'[models."v{{n}}"]\neach = {{ n = [1, 2] }}\n{NET}', encoding="utf-8")
    own.write_text(
        '[tool.pytest-flopbudget]\ninclude = ["budgets/*.toml"]\n[tool.pytest-flopbudget.models.own]\n' + NET,
        encoding="utf-8",
    )

    of_template = Home("x/budgets/seen.toml", ("models", "v{n}"))
    assert homes_of(own, "x/pyproject.toml") == {
        "own": Home("x/pyproject.toml", ("models", "own")),
        "v1": of_template,
        "v2": of_template,
    }
