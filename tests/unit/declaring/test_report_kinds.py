from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.report_kinds import SUFFIXES
from pytest_flopbudget.report.formats import FORMATS

FORMS = ", ".join(FORMATS)
MODEL = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3"\nmacs = "1 M"\n'


@pytest.mark.parametrize(
    ("written", "files"),
    [
        ("", []),
        ("report = []", []),
        ('report = "flops.md"', ["flops.md"]),
        ('report = ["out/flops.JSON", "../flops.md"]', ["out/flops.JSON", "../flops.md"]),
    ],
)
def test_files_are_those_beside_the_table(read: Callable[[str], Table], written: str, files: list[str]) -> None:
    table = read(f"[tool.pytest-flopbudget]\n{written}\n{MODEL}")

    folder = Path(table.path).parent
    assert [Path(each) for each in table.report] == [Path(*_steps(folder, each)) for each in files]


def _steps(folder: Path, written: str) -> tuple[Path, str]:
    return (folder.parent, written.removeprefix("../")) if written.startswith("../") else (folder, written)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("report = 3", "report: 3 is no text"),
        ('report = ""', "report: the text is empty"),
        ('report = "flops.jsn"', f"report: 'flops.jsn' ends in none of {FORMS}; did you mean '.json'?"),
        ('report = ["a.md", "flops"]', f"report[1]: 'flops' ends in none of {FORMS}"),
        ('reports = "a.md"', "reports: unknown key; did you mean 'report'?"),
    ],
)
def test_mistakes(mistakes: Callable[[str], list[str]], written: str, told: str) -> None:
    assert mistakes(f"[tool.pytest-flopbudget]\n{written}\n{MODEL}") == [f"pyproject.toml:2: {told}"]


def test_a_table_for_tests_alone(read: Callable[[str], Table]) -> None:
    assert len(read('[tool.pytest-flopbudget]\nreport = "flops.md"\n').report) == 1


def test_the_table_knows_every_form() -> None:
    assert list(SUFFIXES) == list(FORMATS)
