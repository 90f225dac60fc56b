"""Reports that other plugins tell once more, and tests that they run once more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Net = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]
Told = Callable[[pytest.RunResult], list[str]]

TESTS = """
import pytest
import toy

@pytest.fixture
def early(flop_budget):
    flop_budget(toy.net(), "1x3x16x16", macs="64 k", label="early")

def test_it(flop_budget, early):
    flop_budget(toy.net(), "1x3x16x16", macs="64 k")
"""
TELLING = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in {order}:
        item.ihook.pytest_runtest_logreport(report=report)
    return True
"""
CASES = ["net::R16", "net::R32", "test_it.py::test_it::#1", "test_it.py::test_it::early"]


@pytest.mark.parametrize("order", ["reports", "reports + reports", "[each for each in reports for _ in range(2)]"])
def test_reports_that_are_told_again(
    net: Net, run: Run, pytester: pytest.Pytester, told_of_locks: Told, order: str
) -> None:
    net()
    pytester.makepyfile(test_it=TESTS)
    pytester.makeconftest(TELLING.format(order=order))
    assert told_of_locks(run("--flopbudget-update")) == [
        "flopbudget.lock.json is written: 4 cases",
        *(f"  {case}: new" for case in CASES),
    ]
    assert told_of_locks(run("--flopbudget-update=prune")) == [
        "flopbudget.lock.json is as it was: 4 cases counted, and nothing changed"
    ]


def test_items_that_are_collected_again(net: Net, run: Run, pytester: pytest.Pytester, told_of_locks: Told) -> None:
    net()
    pytester.makeconftest("def pytest_collection_modifyitems(items):\n    items.append(items[0])\n")
    result = run("--flopbudget-update")
    result.assert_outcomes(passed=4)
    assert told_of_locks(result) == [
        "flopbudget.lock.json is written: 2 cases",
        "  net::R16: new",
        "  net::R32: new",
    ]


FAILING = """
import pytest

def pytest_runtest_{when}(item):
    if item.name == "R16":
        {code}
"""


@pytest.mark.parametrize(
    ("when", "code", "why"),
    [
        ("setup", "raise RuntimeError('no device\\nat all')", "RuntimeError: no device"),
        ("setup", "pytest.fail('not today')", "Failed: not today"),
        ("call", "pytest.fail('Timeout (>1.0s)')", "Failed: Timeout (>1.0s)"),
        ("call", "raise GeneratorExit", "GeneratorExit"),
    ],
)
def test_a_case_that_fails_before_it_is_judged(
    net: Net, run: Run, pytester: pytest.Pytester, told_of_locks: Told, when: str, code: str, why: str
) -> None:
    net()
    pytester.makeconftest(FAILING.format(when=when, code=code))
    result = run("--flopbudget-update", "--flopbudget-report=flops.md")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    told = f"its test failed before it was judged: {why}"
    assert told_of_locks(result) == [
        "flopbudget.lock.json is written: 1 case",
        "  net::R32: new",
        f"  net::R16: not taken in: {told}",
    ]
    page = (pytester.path / "flops.md").read_text(encoding="utf-8").splitlines()
    assert page[0] == "## FLOP budgets: 1 of 2 cases fails"


def test_a_case_that_fails_in_its_teardown_is_judged(net: Net, run: Run, pytester: pytest.Pytester) -> None:
    net()
    # After pytest's own, which it would keep from tearing down.
    failing = FAILING.format(when="teardown", code="pytest.fail('no')")
    pytester.makeconftest(failing.replace("def ", "@pytest.hookimpl(trylast=True)\ndef "))
    result = run("--flopbudget-report=flops.md")
    result.assert_outcomes(passed=3, errors=1)
    page = (pytester.path / "flops.md").read_text(encoding="utf-8").splitlines()
    assert page[0] == "## FLOP budgets: no case fails"


FAILING_LATER = """
import pytest

ran = []

def pytest_runtest_call(item):
    ran.append(item.name)
    if item.name == "R16" and ran.count("R16") == 2:
        pytest.fail("Timeout (>1.0s)")

@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item):
    if item.name == "R16" and ran.count("R16") == 1:
        pytest.fail("no")
"""


def test_a_case_that_is_run_again_has_no_verdict_of_its_last_run(
    net: Net, run: Run, pytester: pytest.Pytester, rows: Rows
) -> None:
    net()
    pytester.makeconftest(FAILING_LATER)
    result = run("--reruns=1", "--flopbudget-level=off")
    assert rows(result)[:1] == ["error net::R16 its test failed before it was judged: Failed: Timeout (>1.0s)"]
