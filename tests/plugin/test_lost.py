"""Failures that never reached their test, in threads, pools and tasks: it fails all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Section = Callable[[pytest.RunResult, str], list[str]]

# 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488 MACs
OVER = "63.49 kMACs > 60 kMACs (+5.8%)"
DISTRIBUTED = pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])

LOST = """
import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

import pytest
import torch
from pytest_flopbudget import FlopBudgetExceeded
from toy import net

X = torch.ones(1, 3, 16, 16)

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
    pytest.mark.flop_budget(macs="60 k"),
]


def run(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_lost_in_a_thread(flop_budget):
    run(lambda: flop_budget(net(), X))  # here


def test_lost_in_a_region_of_a_thread(flop_budget):
    def work():
        with flop_budget.region():  # region
            net()(X)

    run(work)


def test_lost_in_a_thread_for_a_mistake(flop_budget):
    run(lambda: flop_budget(net(), X, mac=1))  # mistake


def test_lost_in_a_pool(flop_budget):
    with ThreadPoolExecutor() as pool:
        pool.submit(flop_budget, net(), X)


def test_lost_in_another_pool(flop_budget):
    with ThreadPool(1) as pool:
        pool.apply_async(flop_budget, (net(), X)).wait()


def test_lost_in_a_task(flop_budget):
    async def work():
        flop_budget(net(), X)

    async def main():
        task = asyncio.create_task(work())
        await asyncio.sleep(0)

    asyncio.run(main())


def test_lost_in_the_task_of_a_task(flop_budget):
    async def inner():
        await asyncio.sleep(0)
        flop_budget(net(), X)

    async def outer():
        await asyncio.create_task(inner())

    async def main():
        task = asyncio.create_task(outer())
        await asyncio.wait([task])

    asyncio.run(main())


@pytest.fixture
def late(flop_budget):
    flop_budget(net(), X, macs="64 k")
    yield
    run(lambda: flop_budget(net(), X, label="late"))


def test_lost_in_a_fixture(late):
    pass


def test_expected_in_a_thread(flop_budget):
    def work():
        with pytest.raises(FlopBudgetExceeded):
            flop_budget(net(), X)

    run(work)


def test_expected_of_a_pool(flop_budget):
    with ThreadPoolExecutor() as pool, pytest.raises(FlopBudgetExceeded):
        pool.submit(flop_budget, net(), X).result()


def test_expected_of_another_pool(flop_budget):
    with ThreadPool(1) as pool, pytest.raises(FlopBudgetExceeded):
        pool.apply(flop_budget, (net(), X))


def test_expected_of_a_task(flop_budget):
    async def work():
        flop_budget(net(), X)

    async def main():
        with pytest.raises(FlopBudgetExceeded):
            await asyncio.create_task(work())
        with pytest.raises(FlopBudgetExceeded):
            await asyncio.to_thread(flop_budget, net(), X, label="thread")
        (error,) = await asyncio.gather(
            asyncio.to_thread(flop_budget, net(), X, label="gathered"), return_exceptions=True
        )
        assert isinstance(error, FlopBudgetExceeded)

    asyncio.run(main())


def test_raised(flop_budget):
    with ThreadPoolExecutor() as pool:
        pool.submit(flop_budget, net(), X).result()


@pytest.mark.xfail(strict=True)
def test_expected_to_fail(flop_budget):
    with ThreadPoolExecutor() as pool:
        pool.submit(flop_budget, net(), X).result()


def test_failed(flop_budget):
    run(lambda: flop_budget(net(), X))
    assert 1 == 2
"""


@DISTRIBUTED
def test_a_failure_that_never_reached_its_test(
    declare: Declare,
    run: Run,
    run_alone: Run,
    section: Section,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    workers: tuple[str, ...],
) -> None:
    monkeypatch.setenv("CI", "1")
    declare("")
    (pytester.path / "test_it.py").write_text(LOST, encoding="utf-8")
    result = (run_alone if workers else run)("test_it.py", *workers)
    result.assert_outcomes(passed=5, failed=9, errors=1, xfailed=1)
    mistake = "flop_budget: mac: unknown key; did you mean 'macs'?"
    assert sorted(line for line in result.outlines if line.startswith(("FAILED", "ERROR "))) == [
        f"ERROR test_it.py::test_lost_in_a_fixture - late: {OVER}",
        "FAILED test_it.py::test_failed - assert 1 == 2",
        f"FAILED test_it.py::test_lost_in_a_pool - {OVER}",
        f"FAILED test_it.py::test_lost_in_a_region_of_a_thread - {OVER}",
        f"FAILED test_it.py::test_lost_in_a_task - {OVER}",
        f"FAILED test_it.py::test_lost_in_a_thread - {OVER}",
        f"FAILED test_it.py::test_lost_in_a_thread_for_a_mistake - {mistake}",
        f"FAILED test_it.py::test_lost_in_another_pool - {OVER}",
        f"FAILED test_it.py::test_lost_in_the_task_of_a_task - {OVER}",
        f"FAILED test_it.py::test_raised - {OVER}",
    ]
    told = section(result, "test_lost_in_a_thread")
    assert told[0] == OVER
    assert "pytest_flopbudget/" not in "\n".join(told)


def test_where_it_was_lost_is_told(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    declare("")
    path = pytester.path / "test_it.py"
    path.write_text(LOST, encoding="utf-8")
    lines = LOST.splitlines()
    result = run("test_it.py", "--tb=line")
    for comment, told in {
        "# here": OVER,
        "# region": OVER,
        "# mistake": "flop_budget: mac: unknown key; did you mean 'macs'?",
    }.items():
        number = 1 + next(number for number, line in enumerate(lines) if line.endswith(comment))
        assert f"{path}:{number}: {told}" in result.outlines
