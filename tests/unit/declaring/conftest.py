from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.errors import TableError

Read = Callable[[str], Table]
Mistakes = Callable[[str], list[str]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a text as ``pyproject.toml``; it has a table."""

    def reader(text: str) -> Table:
        path = tmp_path / "pyproject.toml"
        path.write_text(text, encoding="utf-8")
        table = read_table(path)
        assert table is not None
        return table

    return reader


@pytest.fixture
def mistakes(read: Read) -> Mistakes:
    """The mistakes of a text as they are told."""

    def reader(text: str) -> list[str]:
        with pytest.raises(TableError) as caught:
            read(text)
        return str(caught.value).splitlines()

    return reader


@pytest.fixture
def model_mistakes(mistakes: Mistakes) -> Mistakes:
    """The mistakes of the model ``net`` that has these lines besides a factory, an input and a limit."""
    head = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\nmacs = "1 M"\n'

    def reader(lines: str) -> list[str]:
        given = lines if "input =" in lines else f'input = "1x3x32x32"\n{lines}'
        return mistakes(head + given)

    return reader
