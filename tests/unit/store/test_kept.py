"""What is a kept report, what a lock, and what neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_flopbudget.errors import LockError
from pytest_flopbudget.store.kept import read_kept


@pytest.mark.parametrize(
    ("text", "is_report"),
    [('{"cases": []}', True), ('{"cases": {}}', False), ("[]", False), (' {"cases": [', False)],
)
def test_a_report_has_a_list_of_cases(tmp_path: Path, text: str, is_report: bool) -> None:
    path = tmp_path / "old.json"
    path.write_text(text, encoding="utf-8")
    assert read_kept(path, "old.json") == (text, is_report)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"# Costs", "old.json: it is neither a lock nor a JSON report"),
        (
            b"{\xff",
            "old.json: it cannot be read: 'utf-8' codec can't decode byte 0xff in position 1: invalid start byte",
        ),
    ],
)
def test_what_is_neither(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "old.json"
    path.write_bytes(content)
    with pytest.raises(LockError) as caught:
        read_kept(path, "old.json")
    assert str(caught.value) == why
