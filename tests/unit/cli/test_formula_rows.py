"""Where a formula stands, as the command tells it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_flopbudget.cli.formula_rows import formula_records
from pytest_flopbudget.counting import marking
from pytest_flopbudget.counting.marking import Formula, FormulaTable
from pytest_flopbudget.counting.operators import Cost


def told(place: str) -> str:
    table = FormulaTable({"shop::mix": Formula("shop::mix", lambda **_: Cost(), None, place)}, {})
    (record,) = formula_records(table)
    return record["place"]


def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert told(f"{tmp_path / 'here' / 'flops.py'}:3") == "flops.py:3"
    assert told(f"{tmp_path / 'flops.py'}:3") == "../flops.py:3"
    assert told(f"{marking.__file__}:3") == "pytest_flopbudget/counting/marking.py:3"
    assert told("<stdin>:3") == "<stdin>:3"
    assert told("") == ""


def test_on_another_drive_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: object) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    place = f"{tmp_path / 'flops.py'}:3"
    with monkeypatch.context() as patched:
        patched.setattr(os.path, "relpath", failing)
        found = told(place)
    assert found == place
