from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.declaring.table_schema import table_schema
from pytest_flopbudget.errors import Mistake, TableError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# What every test here reads is held against the published form of a table too.
VALIDATOR = jsonschema.Draft7Validator(json.loads(table_schema({})))

Read = Callable[[str], Table]
Mistakes = Callable[[str], list[str]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a text as ``pyproject.toml``; it has a table."""

    def reader(text: str) -> Table:
        path = tmp_path / "pyproject.toml"
        path.write_text(text, encoding="utf-8")
        try:
            table = read_table(path)
        except TableError as error:
            check_refused(text, error)
            raise
        assert table is not None
        VALIDATOR.validate(_ours(text))
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


def check_refused(text: str, error: TableError) -> None:
    """A table with a key or a table that does not belong there is refused by the schema too."""
    if any(map(_is_of_form, error.mistakes)):
        assert not VALIDATOR.is_valid(_ours(text))


def _ours(text: str) -> object:
    try:
        return tomllib.loads(text).get("tool", {}).get("pytest-flopbudget", {})
    except (AttributeError, RecursionError, tomllib.TOMLDecodeError):
        return None


def _is_of_form(mistake: Mistake) -> bool:
    of_form = ("unknown key", "belongs in", "stands where a table was expected")
    return not mistake.key.startswith("tool") and any(text in mistake.text for text in of_form)
