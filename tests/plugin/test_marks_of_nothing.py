"""Tests that bear the mark ``flop_budget`` and measure nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]


def short_summary(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if line.startswith(("FAILED ", "ERROR "))]


NOTHING = """
import pytest
from toy import net

pytestmark = pytest.mark.flop_budget(macs="1 M")

def test_takes_nothing():
    pass

def test_takes_it(flop_budget):
    pass

def test_only_counts(count_flops):
    count_flops(net(), "1x3x16x16")

def test_only_counted(flop_budget, count_flops):
    count_flops(net(), "1x3x16x16")

@pytest.mark.flop_budget(params="1 k")
def test_its_own():
    pass

@pytest.mark.parametrize("size", [8, pytest.param(16, marks=pytest.mark.flop_budget(macs="1 k"))])
def test_its_parameters(size):
    pass

@pytest.mark.flop_budget(params="1 k")
class TestNets:
    def test_takes_nothing(self):
        pass

    def test_takes_it(self, measured):
        pass

    def test_takes_it_in_vain(self, lazy):
        pass

@pytest.fixture
def lazy(flop_budget):
    return lambda: flop_budget(net(), "1x3x16x16")

def test_measured(flop_budget):
    flop_budget(net(), "1x3x16x16")

@pytest.fixture
def measured(flop_budget):
    return flop_budget(net(), "1x3x16x16")

def test_measured_before(measured):
    assert measured.macs == 63_488

def test_measured_by_hand(request):
    request.getfixturevalue("flop_budget")(net(), "1x3x16x16")

def test_failed():
    assert 1 == 2

def test_skipped():
    pytest.skip("not today")

@pytest.mark.xfail(strict=False)
def test_xfailed():
    assert 1 == 2

@pytest.mark.xfail(strict=False)
def test_xpassed(flop_budget):
    pass

@pytest.mark.xfail(False, reason="not here")
def test_not_xfailed(flop_budget):
    pass

def test_forgot_with(flop_budget):
    flop_budget(net(), "1x3x16x16")
    flop_budget.region(macs="1 k", label="block")
"""


@pytest.mark.parametrize("args", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_marked_test_that_measures_nothing(
    declare: Declare,
    run: Run,
    run_alone: Run,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    args: tuple[str, ...],
) -> None:
    monkeypatch.setenv("CI", "1")
    declare("")
    pytester.makepyfile(test_it=NOTHING)
    result = (run_alone if args else run)("test_it.py", *args)
    result.assert_outcomes(passed=8, failed=8, skipped=1, xfailed=1, xpassed=1)
    lines = NOTHING.strip().splitlines()

    def told(number: int) -> str:
        return (
            "marked flop_budget, and measured nothing: count a model with the fixture, as in "
            f"flop_budget(model, '1x3x224x224'), or take away the mark at test_it.py:{number}"
        )

    assert sorted(short_summary(result)) == [
        f"FAILED test_it.py::TestNets::test_takes_it_in_vain - {told(lines.index('class TestNets:'))}",
        "FAILED test_it.py::test_failed - assert 1 == 2",
        (
            "FAILED test_it.py::test_forgot_with - a region was made, and nothing ran in it: write with "
            "flop_budget.region(...):"
        ),
        f"FAILED test_it.py::test_its_own - {told(lines.index('def test_its_own():'))}",
        f"FAILED test_it.py::test_its_parameters[16] - {told(lines.index('def test_its_parameters(size):'))}",
        f"FAILED test_it.py::test_not_xfailed - {told(4)}",
        f"FAILED test_it.py::test_only_counted - {told(4)}",
        f"FAILED test_it.py::test_takes_it - {told(4)}",
    ]
