"""Cases that a function of the project declares: 248 MACs a pixel at a width of 8."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from pytest_flopbudget.declaring.cases import Declarer, Table
from pytest_flopbudget.errors import Place, TableError
from pytest_flopbudget.plugin.same import refuse_others

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]

TABLE = '[tool.pytest-flopbudget]\ncases = "budgets:cases"\n'
CODE = """\
import os

from pytest_flopbudget import declare

SIZES = [16, 32]


def cases():
    for size in reversed(SIZES) if {turned} else SIZES:
        yield declare(
            f"net.{{size}}", factory="toy:net", input=f"1x3x{{size}}x{{size}}", macs="64 k"
        )
"""


@pytest.fixture
def code(declare: Declare) -> Callable[[str], None]:
    """Write a project whose function turns the order of its cases where a condition holds."""

    def write(turned: str) -> None:
        declare(TABLE).with_name("budgets.py").write_text(CODE.format(turned=turned), encoding="utf-8")

    return write


def test_cases_are_items_at_the_lines_that_declare_them(
    code: Callable[[str], None], run: Run, pytester: pytest.Pytester
) -> None:
    code("False")

    result = run("--tb=line")

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            f"{pytester.path / 'budgets.py'}:10: 254 kMACs > 64 kMACs (+297%)",
            "FAILED pyproject.toml::net.32::default - 254 kMACs > 64 kMACs (+297%)",
        ]
    )
    run("-k", "net.16").assert_outcomes(passed=1, deselected=2)
    run("--flopbudget-only=net.16").assert_outcomes(passed=2, deselected=1)


def test_an_order_that_is_another_in_each_process_is_told(
    code: Callable[[str], None], run_alone: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    # This very run may be one of xdist's workers.
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    code("'PYTEST_XDIST_WORKER' in os.environ")

    result = run_alone("-n", "1")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            (
                "pyproject.toml:2: cases: budgets:cases declares other cases in each of xdist's processes: no. 1 is "
                "'net.32::default' here and 'net.16::default' in the controller: give them an order, as sorted() does"
            )
        ]
    )


def test_one_order_everywhere(code: Callable[[str], None], run_alone: Run) -> None:
    code("False")

    run_alone("-n", "1").assert_outcomes(passed=2, failed=1)


def test_fewer_cases_than_in_the_controller() -> None:
    table = Table(path="/shop/pyproject.toml", declarers=(Declarer("budgets:cases", Place("pyproject.toml", 2)),))
    told = {"flopbudget_declared": {"/shop/pyproject.toml": ["net::R16"]}}

    with pytest.raises(TableError) as raised:
        refuse_others(table, cast("pytest.Config", SimpleNamespace(workerinput=told)))
    assert str(raised.value) == (
        "pyproject.toml:2: cases: budgets:cases declares other cases in each of xdist's processes: no. 1 is missing "
        "here and 'net::R16' in the controller: give them an order, as sorted() does"
    )
