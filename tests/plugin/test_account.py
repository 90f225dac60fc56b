"""What is held against one test: what its fixtures, its subtests and its marks come to, and no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]
Section = Callable[[pytest.RunResult, str], list[str]]

# 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488 MACs
KEPT, OVER = "63.49 kMACs of 64 kMACs (99%)", "63.49 kMACs > 60 kMACs (+5.8%)"
DISTRIBUTED = pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])

AROUND = """
import pytest
import torch
from toy import net

X = torch.ones(1, 3, 16, 16)


@pytest.fixture
def counted(flop_budget):
    with flop_budget.region():
        yield


@pytest.mark.flop_budget(macs="64 k")
def test_kept(counted):
    net()(X)


@pytest.mark.flop_budget(macs="60 k")
def test_over(counted):
    net()(X)
"""


@DISTRIBUTED
def test_a_region_around_a_test(
    declare: Declare,
    run: Run,
    run_alone: Run,
    rows: Rows,
    pytester: pytest.Pytester,
    workers: tuple[str, ...],
) -> None:
    declare("")
    (pytester.path / "test_it.py").write_text(AROUND, encoding="utf-8")
    result = (run_alone if workers else run)("test_it.py", "-v", *workers)
    result.assert_outcomes(passed=2, errors=1)
    assert sorted(rows(result)) == [
        f"exceeded test_it.py::test_over::#1 {OVER}",
        f"kept test_it.py::test_kept::#1 {KEPT}",
    ]
    assert f"ERROR test_it.py::test_over - {OVER}" in result.outlines


SUBTESTS = """
import unittest

import pytest
from toy import net


@pytest.mark.flop_budget(macs="60 k")
def test_before_it_counts(subtests, flop_budget):
    with subtests.test():
        assert 1 == 2
        flop_budget(net(), "1x3x16x16")


@pytest.mark.flop_budget(macs="60 k")
def test_nothing_fails(subtests, flop_budget):
    with subtests.test():
        pass


class TestNet(unittest.TestCase):
    @pytest.mark.flop_budget(macs="60 k")
    def test_before_it_counts(self):
        with self.subTest():
            assert 1 == 2
"""


def test_a_failed_subtest_is_failure_enough(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    if pytest.version_tuple < (9, 0):
        pytest.skip("subtests are built in from pytest 9 on")
    declare("")
    (pytester.path / "test_it.py").write_text(SUBTESTS, encoding="utf-8")
    result = run("test_it.py")
    told = [line.partition(" - ") for line in result.outlines if line.startswith(("FAILED", "SUBFAILED"))]
    assert [name for name, _, why in told if "assert 1 == 2" in why] == [
        "SUBFAILED(<subtest>) test_it.py::test_before_it_counts",
        "SUBFAILED(<subtest>) test_it.py::TestNet::test_before_it_counts",
    ]
    assert [name for name, _, why in told if why.startswith("marked flop_budget")] == [
        "FAILED test_it.py::test_nothing_fails"
    ]


AUTOUSE = """
import unittest

import pytest
from toy import net


@pytest.mark.flop_budget(macs="64 k")
class TestTakes(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _budget(self, flop_budget):
        self.flop_budget = flop_budget

    def test_measured(self):
        self.flop_budget(net(), "1x3x16x16")

    def test_nothing(self):
        pass


@pytest.mark.flop_budget(macs="64 k")
class TestTakesNothing(unittest.TestCase):
    def test_nothing(self):
        pass
"""


def test_a_mark_of_a_test_case_binds_those_that_take_the_fixture(
    declare: Declare, run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "1")
    declare("")
    (pytester.path / "test_it.py").write_text(AUTOUSE, encoding="utf-8")
    result = run("test_it.py")
    result.assert_outcomes(passed=2, failed=1)
    assert [line for line in result.outlines if line.startswith("FAILED")] == [
        (
            "FAILED test_it.py::TestTakes::test_nothing - marked flop_budget, and measured nothing: count a model with "
            "the fixture, as in flop_budget(model, '1x3x224x224'), or take away the mark at test_it.py:8"
        )
    ]


TWICE = """
import pytest
import torch
from pytest_flopbudget import FlopBudgetError
from toy import net


def test_it(flop_budget):
    again = flop_budget.region(macs="64 k", label="one")
    flop_budget.region(macs="1 k", label="two")
    with again:
        net()(torch.ones(1, 3, 16, 16))
    with pytest.raises(FlopBudgetError, match="the label 'one' is taken"):
        with again:
            pass
"""


def test_a_region_that_is_entered_twice_hides_none_that_never_was(
    declare: Declare, run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "1")
    declare("")
    pytester.makepyfile(test_it=TWICE)
    told = "a region was made, and nothing ran in it: write with flop_budget.region(...):"
    assert f"FAILED test_it.py::test_it - {told}" in run("test_it.py").outlines


DOCTESTS = '''
def kept():
    """
    >>> from toy import net
    >>> getfixture("flop_budget")(net(), "1x3x16x16", macs="64 k").macs
    63488
    """


def over():
    """
    >>> from toy import net
    >>> getfixture("flop_budget")(net(), "1x3x16x16", macs="60 k").macs
    63488
    """


def raised():
    """
    >>> 1 / 0
    """
'''


@DISTRIBUTED
@pytest.mark.parametrize("goes_on", [(), ("--doctest-continue-on-failure",)], ids=["", "continue"])
def test_doctests(
    declare: Declare,
    run: Run,
    run_alone: Run,
    section: Section,
    pytester: pytest.Pytester,
    workers: tuple[str, ...],
    goes_on: tuple[str, ...],
) -> None:
    declare("")
    (pytester.path / "shop.py").write_text(DOCTESTS, encoding="utf-8")
    result = (run_alone if workers else run)("--doctest-modules", "shop.py", *workers, *goes_on)
    result.assert_outcomes(passed=1, failed=2)
    assert f"FAILED shop.py::shop.over - {OVER}" in result.outlines
    told = section(result, "[doctest] shop.over")
    number = 1 + DOCTESTS.splitlines().index("def over():") + 3
    assert told[:3] == [
        f"{number - 2:03d} ",
        f"{number - 1:03d}     >>> from toy import net",
        f'{number:03d}     >>> getfixture("flop_budget")(net(), "1x3x16x16", macs="60 k").macs',
    ]
    assert any(line.endswith(f"shop.py:{number}: UnexpectedException") for line in result.outlines)
    assert "pytest_flopbudget/" not in result.stdout.str()
