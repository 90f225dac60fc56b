"""Writes what is made from the keys and from docstrings: the table's JSON Schema, and the page of the Python API."""

from __future__ import annotations

from api_page import DOCS, api_page
from key_tables import told_keys
from pytest_flopbudget.declaring.table_schema import table_schema

SCHEMA = DOCS.parent / "pytest_flopbudget" / "declaring" / "table.schema.json"
API = DOCS / "api.md"


def generated() -> dict[str, str]:
    """The text of each file, by its path below the checkout."""
    texts = {SCHEMA: table_schema(told_keys()), API: api_page()}
    return {path.relative_to(DOCS.parent).as_posix(): text for path, text in texts.items()}


if __name__ == "__main__":
    for name, text in generated().items():
        (DOCS.parent / name).write_text(text, encoding="utf-8")
