"""Measuring what a case's limits are shares of."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import AskedCase, Case, Table
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.engine import measure, references
from pytest_flopbudget.errors import FlopBudgetError, MeasureError, Place
from pytest_flopbudget.judge.judging import judge
from pytest_flopbudget.judge.limits import Limit

NETS = """
from torch import nn

def net(width):
    return nn.Linear(4, width, bias=False)

def broken():
    raise ValueError("no weights here")
"""

TABLE = """\
[tool.pytest-flopbudget.models.teacher]
factory = "NETS:net"
args = [40]
input = "Rx4"
at = [1, 2]
macs = 320
[tool.pytest-flopbudget.models.broken]
factory = "NETS:broken"
input = "1x4"
macs = 1
[tool.pytest-flopbudget.models.student]
factory = "NETS:net"
args = [11]
input = "Rx4"
at = [1, 2]
macs = "25% of teacher"
params = "50% of teacher::R1"
[tool.pytest-flopbudget.models.other]
factory = "NETS:net"
args = [1]
input = "1x4"
macs = "25% of broken"
"""


@pytest.fixture
def table(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Table]:
    name = f"nets_{abs(hash(request.node.nodeid))}"
    (tmp_path / f"{name}.py").write_text(NETS)
    path = tmp_path / "pyproject.toml"
    path.write_text(TABLE.replace("NETS", name))
    table = read_table(path)
    assert table is not None
    yield table
    sys.modules.pop(name, None)


def case_of(table: Table, name: str) -> Case:
    return next(case for case in table.cases if case.id == name)


def asked(of: str) -> AskedCase:
    limit = Limit(
        metric="macs",
        value=0,
        place=Place("test_net.py", 3),
        source=f"25% of {of}",
        share=Fraction(1, 4),
        of=of,
    )
    return AskedCase(id="test_net.py::test_net", kind="test", place=Place("test_net.py", 9), limits=(limit,))


def test_the_other_model_is_measured_at_the_same_point(table: Table) -> None:
    case = case_of(table, "student::R2")
    others = references(case, table)
    assert {name: (other.macs, other.params) for name, other in others.items()} == {
        "teacher": (2 * 4 * 40, 4 * 40),
        "teacher::R1": (1 * 4 * 40, 4 * 40),
    }
    verdict = judge(case, measure(case, table), others)
    # 2 * 4 * 11 = 88 of 320 / 4 = 80 MACs; 4 * 11 = 44 of 160 / 2 = 80 parameters.
    assert verdict.reasons == ("88 MACs > 80 MACs (+10%)",)
    assert [check.measured for check in verdict.checks] == [88, 44]


def test_a_case_without_references_measures_nothing(table: Table) -> None:
    assert references(case_of(table, "broken::default"), table) == {}


def test_what_cannot_be_measured(table: Table) -> None:
    with pytest.raises(MeasureError) as caught:
        references(case_of(table, "other::default"), table)
    assert caught.value.headline.startswith("macs '25% of broken' at pyproject.toml:22: broken: ")
    assert "ValueError: no weights here" in str(caught.value)


def test_a_test_may_refer_to_a_declared_model(table: Table) -> None:
    assert {name: other.macs for name, other in references(asked("teacher::R2"), table).items()} == {
        "teacher::R2": 2 * 4 * 40
    }


@pytest.mark.parametrize(
    ("of", "text"),
    [
        ("techer", "no model 'techer' is declared; did you mean 'teacher'?"),
        (
            "teacher",
            "'teacher' has the points 'R1', 'R2', and this is a point of its own: write which, as in 'teacher::R1'",
        ),
    ],
)
def test_a_test_that_refers_to_nothing(table: Table, of: str, text: str) -> None:
    with pytest.raises(FlopBudgetError) as caught:
        references(asked(of), table)
    assert str(caught.value) == f"macs '25% of {of}' at test_net.py:3: {text}"


def test_without_a_table_nothing_can_be_referred_to() -> None:
    with pytest.raises(FlopBudgetError) as caught:
        references(asked("teacher"), None)
    assert str(caught.value) == "macs '25% of teacher' at test_net.py:3: no table declares 'teacher'"
