from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.mentions import mentions_table


@pytest.mark.parametrize(
    ("written", "mentions"),
    [
        (b"[tool.pytest-flopbudget]\n", True),
        (b"x = '\xff'\n [tool.flopbudget", True),
        (b"\xef\xbb\xbf[tool.pytest-flopbudget.models.net]\r\n", True),
        (b'[tool."pytest-flopbudget"]\n', True),
        (b"[tool.pytest-flopbugdet]\n", True),
        (b"[tool.pytest-flop-budget.models.net]\n", True),
        (b"[tool.Pytest-FlopBudget]\n", True),
        (b"[tool.pytest-flobudget]\n", True),
        (b"[tool]\npytest-flopbudget.collect = 'auto'\n", True),
        (b'tool."pytest-flopbudget" = {}\n', True),
        (b"tool = { pytest-flopbudget = {} }\n", True),
        (b'[project]\ndependencies = ["pytest-flopbudget", "pytest-flopbudget==1", "pytest-flopbudget>=1"]\n', False),
        (b"# flopbudget\n", False),
        (b"[tool.pytest.ini_options]\n", False),
        (b"", False),
    ],
)
def test_mentions_table(tmp_path: Path, written: bytes, mentions: bool) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(written)
    assert mentions_table(path) is mentions


def test_mentions_table_never_raises(tmp_path: Path) -> None:
    assert mentions_table(tmp_path) is False
    assert mentions_table(tmp_path / "none.toml") is False
    assert mentions_table(tmp_path / ("x" * 5000)) is False
    assert mentions_table(tmp_path / "\0") is False


def test_importing_it_imports_next_to_nothing() -> None:
    code = (
        "import pytest_flopbudget.declaring.mentions, sys\n"
        "print([m for m in sys.modules if m.startswith('pytest_flop')])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == str(
        ["pytest_flopbudget", "pytest_flopbudget.declaring", "pytest_flopbudget.declaring.mentions"]
    )
