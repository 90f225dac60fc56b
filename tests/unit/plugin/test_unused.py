"""Entries of a lock that no case uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.judge.locks import Entry, Lock
from pytest_flopbudget.plugin.course import Course
from pytest_flopbudget.plugin.unused import unused


@pytest.mark.parametrize("crashed", [False, True])
def test_where_a_worker_died_only_what_certainly_is_gone_is_unused(
    tmp_path: Path, pytestconfig: pytest.Config, crashed: bool
) -> None:
    (tmp_path / "test_it.py").touch()
    cases = ("net::default", "gone.py::test_a::#1", "test_it.py::test_a::#1")
    course = Course(pytestconfig, crashed=crashed)
    # Its test passed without it, as far as that is known.
    nodeid = f"{tmp_path / 'test_it.py'}::test_a"
    course.pytest_runtest_logreport(pytest.TestReport(nodeid, ("test_it.py", 0, "test_a"), {}, "passed", None, "call"))
    lock = Lock({case: Entry(metrics={}) for case in cases})
    found = unused(lock, Table(path=str(tmp_path / "pyproject.toml")), (), course)
    assert found == sorted(cases[:2] if crashed else cases)
