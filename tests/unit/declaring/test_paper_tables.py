from __future__ import annotations

from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.declaring.costs import PaperTable
from pytest_flopbudget.errors import Place, TableError

MODELS = """\
[tool.pytest-flopbudget.models.net]
factory = "shop:net"
input = "1x3xRxR"
at = [96, 160]
macs = "1 M"
[tool.pytest-flopbudget.models."vit.tiny"]
factory = "shop:vit"
input = "1x3x224x224"
macs = "1 M"
[tool.pytest-flopbudget.tables.main]
"""


def read(folder: Path, text: str) -> Table:
    path = folder / "pyproject.toml"
    path.write_text(f"{MODELS}{text}\n", encoding="utf-8")
    table = read_table(path)
    assert table is not None
    return table


def test_what_is_no_table(tmp_path: Path) -> None:
    text = 'models = ["net"]\ncolumns = ["params"]\n[tool.pytest-flopbudget.tables]\n"a b" = {}\nother = 3'
    with pytest.raises(TableError) as caught:
        read(tmp_path, text)
    assert str(caught.value).splitlines() == [
        (
            "pyproject.toml:14: tables.\"a b\": 'a b' is no name: write letters, digits, '.', '_' and '-', a letter or "
            "digit first"
        ),
        (
            "pyproject.toml:15: tables.other: 3 stands where a table was expected, as in "
            "[tool.pytest-flopbudget.tables.other]"
        ),
    ]


def test_a_table_is_read_with_its_models_in_the_order_of_its_rows(tmp_path: Path) -> None:
    text = """\
models = ["vit.*", "net", "n*"]
columns = ["params", "macs@R96"]
units = { macs = "G" }
digits = 4
into = ["README.md#main", "docs/costs.csv"]"""
    assert read(tmp_path, text).tables == (
        PaperTable(
            name="main",
            place=Place("pyproject.toml", 10),
            models=("vit.tiny", "net"),
            columns=(("params", ""), ("macs", "R96")),
            units={"macs": "G"},
            digits=4,
            into=("README.md#main", "docs/costs.csv"),
        ),
    )


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('columns = ["params"]', "10: tables.main: no models: write models = ['net', 'vit.*']"),
        ('models = ["net"]', "10: tables.main: no columns: write columns = ['params', 'macs@R224']"),
        (
            'models = ["nte"]\ncolumns = ["params"]',
            "11: tables.main.models[0]: no model is called 'nte'; did you mean 'net'?",
        ),
        (
            'models = ["net"]\ncolumns = ["mac"]',
            "12: tables.main.columns[0]: 'mac' is no metric of a model; did you mean 'macs'?",
        ),
        (
            'models = ["net"]\ncolumns = ["macs@"]',
            "12: tables.main.columns[0]: 'macs@' is no column: write a metric and a point, as in 'macs@R224'",
        ),
        (
            'models = ["net"]\ncolumns = ["macs@R9"]',
            "12: tables.main.columns: no model of the table has a point 'R9'; did you mean 'R96'?",
        ),
        (
            'models = ["net"]\ncolumns = ["params"]\nunits = { params = "K" }',
            "13: tables.main.units.params: 'K' is no prefix; there is '', 'k', 'M', 'G', 'T', 'P'",
        ),
        (
            'models = ["net"]\ncolumns = ["params"]\ndigits = 0',
            "13: tables.main.digits: 0 is no number of digits: write one from 1 to 15",
        ),
        (
            'models = ["net"]\ncolumns = ["params"]\ninto = ["README.md"]',
            (
                "13: tables.main.into[0]: 'README.md' is no place for a table: write 'README.md#main', 'paper.tex#main'"
                " or 'costs.csv'"
            ),
        ),
        (
            'models = ["net"]\ncolumns = ["params"]\ncolumn = "x"',
            "13: tables.main.column: unknown key; did you mean 'columns'?",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, mistake: str, tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        read(tmp_path, text)
    assert str(caught.value) == f"pyproject.toml:{mistake}"
