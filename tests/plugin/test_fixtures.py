"""The fixtures ``flop_budget`` and ``count_flops``: what a test may ask for, and what it is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from pytest_flopbudget import CountFlops, FlopBudget
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.keys import names_in
from pytest_flopbudget.plugin.asking import CallLimits, CaseLimits, ModuleLimits

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]
Section = Callable[[pytest.RunResult, str], list[str]]
SHARE = ("Where the MACs go, by module:", "  0  55,296 MACs   87.1%", "  2   8,192 MACs   12.9%", "")


def test_they_are_typed(flop_budget: FlopBudget, count_flops: CountFlops) -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3))
    macs = 6 * 6 * 3 * 8 * 9
    teacher = flop_budget(net, "1x3x8x8", label="teacher", macs=macs, params="224", backend="shapes", level="error")
    flop_budget(net, (1, 3, 8, 8), label="student", macs=2 * teacher.macs, modules={"**": {"macs": "100%"}})
    with flop_budget.region(label="block", flops=2 * macs) as block:
        net(torch.zeros(1, 3, 8, 8))
    assert block.measurement.macs == count_flops(net, "1x3x8x8", lines=True).macs == macs


def test_their_keywords_are_those_of_a_table() -> None:
    assert {*CallLimits.__annotations__, "backend"} == set(names_in("asked"))
    # A region runs as it is, and has no memory, no file and no number of steps.
    memory = {name for name, metric in METRICS.items() if metric.is_of_memory}
    of_a_call = {"mode", "execute_limit", "targets", "artifact_bytes", "run_flops", *memory}
    assert set(CaseLimits.__annotations__) | of_a_call == set(CallLimits.__annotations__)
    assert {*ModuleLimits.__annotations__} < set(CaseLimits.__annotations__)


FAILING = """
import pytest
from toy import net

def test_over(flop_budget):
    flop_budget(net(), "1x3x16x16", macs="60 k", params=260)

def helper(budget):
    return budget(net(), "1x3x16x16", macs="60 k", label="student")

@pytest.mark.flop_budget(params="300")
def test_label(flop_budget):
    assert flop_budget(net(), "1x3x8x8").params == 260
    helper(flop_budget)

def test_setup(counted):
    pass

@pytest.fixture
def counted(flop_budget):
    flop_budget(net(), "1x3x16x16", macs="60 k")
"""


@pytest.mark.parametrize("args", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_failure_ends_in_the_tests_own_line(
    declare: Declare,
    run: Run,
    run_alone: Run,
    section: Section,
    rows: Rows,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    args: tuple[str, ...],
) -> None:
    monkeypatch.setenv("CI", "1")
    declare("")
    pytester.makepyfile(test_it=FAILING)
    result = (run_alone if args else run)("test_it.py", *args)
    result.assert_outcomes(passed=0, failed=2, errors=1)
    told = [
        "63.49 kMACs > 60 kMACs (+5.8%)",
        "",
        "macs:",
        "  counted  63,488 MACs",
        "  limit    60,000 MACs, written '60 k' at test_it.py:5",
        "  over      3,488 MACs (+5.8%)",
        "",
        *SHARE,
        "Traced: shapes. Built: given.",
        "To change the limit, edit macs at test_it.py:5.",
    ]
    assert section(result, "test_over")[3:] == [
        "    def test_over(flop_budget):",
        '>       flop_budget(net(), "1x3x16x16", macs="60 k", params=260)',
        f"E       pytest_flopbudget.FlopBudgetExceeded: {told[0]}",
        *(f"E       {line}" for line in told[1:]),
        "",
        "test_it.py:5: FlopBudgetExceeded",
    ]
    assert section(result, "test_label")[-1] == "test_it.py:8: FlopBudgetExceeded"
    assert section(result, "test_setup")[-1] == "test_it.py:20: FlopBudgetExceeded"
    assert sorted(rows(result)) == [
        "exceeded test_it.py::test_label::student 63.49 kMACs > 60 kMACs (+5.8%)",
        "exceeded test_it.py::test_over::#1 63.49 kMACs > 60 kMACs (+5.8%)",
        "exceeded test_it.py::test_setup::#1 63.49 kMACs > 60 kMACs (+5.8%)",
    ]
    assert "4 cases: 3 exceeded, 1 kept. Traced: 4 shapes; built: 4 given." in result.outlines
    assert sorted(line for line in result.outlines if line.startswith(("FAILED", "ERROR "))) == [
        "ERROR test_it.py::test_setup - 63.49 kMACs > 60 kMACs (+5.8%)",
        "FAILED test_it.py::test_label - student: 63.49 kMACs > 60 kMACs (+5.8%)",
        "FAILED test_it.py::test_over - 63.49 kMACs > 60 kMACs (+5.8%)",
    ]
    assert "pytest_flopbudget/plugin" not in result.stdout.str()


@pytest.mark.parametrize("style", ["auto", "long", "short", "native", "line", "no"])
def test_no_frame_of_ours_is_shown(declare: Declare, run: Run, pytester: pytest.Pytester, style: str) -> None:
    declare("")
    pytester.makepyfile(test_it=FAILING)
    result = run("test_it.py", f"--tb={style}")
    result.assert_outcomes(failed=2, errors=1)
    assert "pytest_flopbudget/" not in result.stdout.str()
    assert "FAILED test_it.py::test_over - 63.49 kMACs > 60 kMACs (+5.8%)" in result.outlines
    if style == "line":
        assert f"{pytester.path}/test_it.py:5: 63.49 kMACs > 60 kMACs (+5.8%)" in result.outlines
