"""Which tables a command is about."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.cli.tables import called, find_tables

MODEL = "[tool.pytest-flopbudget.models.net]\nfactory = 'a:b'\ninput = '1x3'\nmacs = '1 M'\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two tables that name each other, and a folder without one."""
    for name, text in (("", "members = ['a', 'a']\n"), ("a", "members = ['..']\n"), ("b", None)):
        (tmp_path / name).mkdir(exist_ok=True)
        table = "[project]\nname = 'b'\n" if text is None else f"[tool.pytest-flopbudget]\n{text}{MODEL}"
        (tmp_path / name / "pyproject.toml").write_text(table, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_member_once(folder: Path) -> None:
    named = find_tables("a/pyproject.toml")
    assert [(each.called, each.is_member) for each in named] == [("a/pyproject.toml", False), ("pyproject.toml", True)]


def test_there_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_flopbudget.cli.tables.FILES", ("gone.toml",))
    with pytest.raises(AskedWrongly) as caught:
        find_tables()
    assert str(caught.value) == (
        f"no pyproject.toml in {folder}, or above, has a table [tool.pytest-flopbudget]; --config PATH names another "
        "file"
    )


def test_one_that_is_named_has_none(folder: Path) -> None:
    with pytest.raises(AskedWrongly) as caught:
        find_tables("b/pyproject.toml")
    assert str(caught.value) == "--config 'b/pyproject.toml': the file has no table [tool.pytest-flopbudget]"


def test_on_another_drive_it_is_called_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: object) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    with monkeypatch.context() as patched:
        patched.setattr(os.path, "relpath", failing)
        found = called(tmp_path)
    assert found == str(tmp_path)
