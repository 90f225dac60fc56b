"""The JSON Schema of the table as it comes with the package: what ``validate-pyproject`` asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

SCHEMA_FILE = Path(__file__).with_name("table.schema.json")


def published_schema(_: str = "pytest-flopbudget") -> Mapping[str, object]:
    """The JSON Schema of ``[tool.pytest-flopbudget]``, in draft 7; the argument, the table's name, is always ours."""
    return cast("Mapping[str, object]", json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
