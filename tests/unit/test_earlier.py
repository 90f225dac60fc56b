"""A table and its cases at another time: of a revision, of a kept file, and of now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import Locking, Table
from pytest_flopbudget.earlier import find_earlier, state_of_now
from pytest_flopbudget.errors import LockError, Place
from pytest_flopbudget.judge.locks import Entry, Lock
from pytest_flopbudget.judge.past import Past
from pytest_flopbudget.report.json_report import json_report
from pytest_flopbudget.report.results import results
from pytest_flopbudget.store.locks import as_text

Git = Callable[..., str]

ENTRY = Entry(metrics={"macs": 7})
TEXT = as_text(Lock({"net::default": ENTRY}))
TABLE = """
[tool.pytest-flopbudget]
lock = "flops.json"

[tool.pytest-flopbudget.models.net]
factory = "nets:Net"
input = "1x3"
"""
OTHER = TEXT.replace('"conventions": 1', '"conventions": 2')


def name(path: Path) -> str:
    return path.name


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Without cases, and with a lock that is still to come."""
    path = tmp_path / "pyproject.toml"
    path.write_text(TABLE, encoding="utf-8")
    return Table(path=str(path), lock=Locking(path=str(tmp_path / "flops.json"), place=Place(str(path), 2)))


@pytest.mark.parametrize("alone", [True, False])
def test_a_kept_lock_is_that_of_every_table(tmp_path: Path, table: Table, alone: bool) -> None:
    (tmp_path / "old.json").write_text(TEXT, encoding="utf-8")
    earlier = find_earlier("old.json", tmp_path, tmp_path, name)
    assert earlier.past(table, alone=alone) == Past("old.json", {"net::default": ENTRY})


def test_a_kept_report_without_cases(tmp_path: Path, table: Table) -> None:
    (tmp_path / "old.json").write_text(json_report(results([])), encoding="utf-8")
    assert find_earlier("old.json", tmp_path, tmp_path, name).past(table, alone=True) == Past("old.json", {}, {})


def test_a_lock_of_other_conventions(tmp_path: Path, table: Table) -> None:
    (tmp_path / "flops.json").write_text(OTHER, encoding="utf-8")
    why = "flops.json: its numbers follow conventions 2, and those of now 1"
    with pytest.raises(LockError) as caught:
        find_earlier("flops.json", tmp_path, tmp_path, name)
    assert str(caught.value) == why
    assert state_of_now(table, name) == Past("pyproject.toml", {}, {}, (f"counts are not compared: {why}",))


def test_the_lock_of_now(tmp_path: Path, table: Table) -> None:
    told = "there is no flops.json: counts are not compared"
    assert state_of_now(table, name) == Past("pyproject.toml", {}, {}, (told,))
    (tmp_path / "flops.json").write_text(TEXT, encoding="utf-8")
    assert state_of_now(table, name) == Past("pyproject.toml", {"net::default": ENTRY}, {})


def test_locks_of_revisions(tmp_path: Path, table: Table, git: Git) -> None:
    git(tmp_path, "init", "--initial-branch=main")
    for tag, text in (("sound", TEXT), ("other", OTHER), ("damaged", "{")):
        (tmp_path / "flops.json").write_text(text, encoding="utf-8")
        git(tmp_path, "add", "--all", ".")
        git(tmp_path, "commit", "--message", tag)
        git(tmp_path, "tag", tag)

    sound, other, damaged = (
        find_earlier(tag, tmp_path, tmp_path, name).past(table, alone=True) for tag in ("sound", "other", "damaged")
    )
    assert sound.called == f"sound ({git(tmp_path, 'rev-parse', 'sound')[:9]})"
    assert (sound.entries, sound.notes) == ({"net::default": ENTRY}, ())
    why = f"flops.json at {other.called}: its numbers follow conventions 2, and those of now 1"
    assert (other.entries, other.notes) == ({}, (f"counts are not compared: {why}",))
    why = f"flops.json at {damaged.called}:1: it is damaged: Expecting property name enclosed in double quotes"
    assert (damaged.entries, damaged.notes) == ({}, (f"counts are not compared: {why}",))
