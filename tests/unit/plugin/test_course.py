"""What became of a run's tests, as far as their reports tell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import pytest

from pytest_flopbudget.plugin.course import Course

Told = tuple[Literal["setup", "call", "teardown"], Literal["passed", "failed", "skipped"]]

FILE = Path(__file__)


def report(told: Told, worker: str = "") -> pytest.TestReport:
    when, outcome = told
    found = pytest.TestReport(f"{FILE}::test_a", (str(FILE), 0, "test_a"), {}, outcome, None, when)
    if worker:
        # As pytest-xdist does.
        vars(found)["worker_id"] = worker
    return found


@pytest.mark.parametrize(
    ("told", "passed"),
    [
        ((), None),
        ((("setup", "passed"), ("call", "passed"), ("teardown", "passed")), True),
        ((("setup", "passed"), ("call", "passed"), ("teardown", "failed")), False),
        ((("setup", "passed"), ("call", "skipped"), ("teardown", "passed")), False),
        ((("setup", "skipped"), ("teardown", "passed")), False),
        # Set up only.
        ((("setup", "passed"), ("teardown", "passed")), False),
        # Stopped while its own code ran.
        ((("setup", "passed"),), False),
        # Run again.
        ((("setup", "passed"), ("call", "failed"), ("setup", "passed"), ("call", "passed")), True),
    ],
)
def test_one_that_passed_was_called(pytestconfig: pytest.Config, told: Sequence[Told], passed: bool | None) -> None:
    course = Course(pytestconfig)
    for each in told:
        course.pytest_runtest_logreport(report(each))
    assert course.passed(FILE, "test_a") is passed


@pytest.mark.parametrize(("again", "went_through"), [(0, False), (1, True)])
def test_a_controller_learns_what_is_collected_twice(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, again: int, went_through: bool
) -> None:
    course = Course(request.config)
    monkeypatch.setattr(request.session, "testscollected", 2)
    course.pytest_runtestloop(request.session)
    course.pytest_runtest_logreport(report(("call", "passed")))
    node = SimpleNamespace(workeroutput={"flopbudget_partial": False, "flopbudget_again": again})
    course.pytest_testnodedown(node, None)
    assert course.went_through is went_through


@pytest.mark.parametrize(("second", "failed"), [("gw0", False), ("gw1", True)])
def test_what_failed_in_one_of_several_workers_failed(pytestconfig: pytest.Config, second: str, failed: bool) -> None:
    course = Course(pytestconfig)
    first: tuple[Told, ...] = (("setup", "passed"), ("call", "failed"))
    then: tuple[Told, ...] = (("setup", "passed"), ("call", "passed"))
    for worker, told in (("gw0", first), (second, then)):
        for each in told:
            course.pytest_runtest_logreport(report(each, worker))
    assert course.failed(f"{FILE}::test_a") is failed
