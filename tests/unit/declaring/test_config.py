from __future__ import annotations

from pathlib import Path

import pytest

from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.errors import TableError


def test_a_file_without_our_table_has_none(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool.pytest.ini_options]\n", encoding="utf-8")
    assert read_table(path) is None


def test_places_call_the_file_as_they_are_told(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    model = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3"\n'
    path.write_text(f'{model}macs = "1 M"\n', encoding="utf-8")
    for called, expected in ((None, "pyproject.toml:1"), ("services/a/pyproject.toml", "services/a/pyproject.toml:1")):
        table = read_table(path, called)
        assert table is not None
        assert str(table.cases[0].place) == expected
    path.write_text(f"{model}maccs = 1\n", encoding="utf-8")
    with pytest.raises(TableError) as caught:
        read_table(path, "a/b.toml")
    assert str(caught.value).startswith("a/b.toml:4: models.net.maccs: ")
    path.write_bytes(b"= \xff")
    with pytest.raises(TableError) as caught:
        read_table(path, "a/b.toml")
    assert str(caught.value) == "a/b.toml:1: the file is no UTF-8: byte 0xff"
