"""Declared cases, marks and fixtures beside pytest's own options and other plugins: the same verdicts everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]

INI = '[tool.pytest.ini_options]\npythonpath = ["."]\n'
# 16 * 16 * (3 * width * 9 + width * 4) MACs: 63,488 at width 8 and 126,976 at width 16.
TABLE = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3x16x16"
macs    = "64 k"

[tool.pytest-flopbudget.models.wide]
factory = "toy:net"
kwargs  = { width = 16 }
input   = "1x3x16x16"
macs    = "100 k"
"""
TESTS = """
import pytest
from toy import net


@pytest.mark.flop_budget(macs="64 k")
def test_kept(flop_budget):
    flop_budget(net(), "1x3x16x16")


@pytest.mark.parametrize("width", [8, pytest.param(16, marks=pytest.mark.flop_budget(macs="128 k"))])
@pytest.mark.flop_budget(macs="64 k")
def test_each(flop_budget, width):
    flop_budget(net(width), "1x3x16x16", label=f"width {width}")


class TestOver:
    def test_over(self, flop_budget):
        flop_budget(net(16), "1x3x16x16", macs="100 k")


@pytest.mark.flop_cases("net")
def test_case(flop_case):
    assert flop_case.measure().macs == 63_488
"""
OVER = "127 kMACs > 100 kMACs (+27%)"
FAILED = [f"FAILED pyproject.toml::wide::default - {OVER}", f"FAILED test_nets.py::TestOver::test_over - {OVER}"]
KEPT = "63.49 kMACs of 64 kMACs (99%)"
ROWS = [
    f"exceeded test_nets.py::TestOver::test_over::#1 {OVER}",
    f"exceeded wide::default {OVER}",
    f"kept net::default {KEPT}",
    "kept test_nets.py::test_each[16]::width 16 127 kMACs of 128 kMACs (99%)",
    f"kept test_nets.py::test_each[8]::width 8 {KEPT}",
    f"kept test_nets.py::test_kept::#1 {KEPT}",
]
TOTALS = "6 cases: 2 exceeded, 4 kept. Traced: 6 shapes; built: 2 meta, 4 given."


@pytest.fixture
def nets(declare: Declare, pytester: pytest.Pytester) -> Path:
    """Write a project whose cases are two declared ones and four of a test file; two are over their limits."""
    path = declare(INI + TABLE)
    pytester.makepyfile(test_nets=TESTS)
    return path


def short_summary(result: pytest.RunResult) -> list[str]:
    return sorted(line for line in result.outlines if line.startswith("FAILED"))


@pytest.fixture
def assert_as_ever(rows: Rows) -> Callable[[pytest.RunResult], None]:
    """Look whether a run with ``-v`` has the verdicts that it has everywhere."""

    def check(result: pytest.RunResult) -> None:
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        assert result.parseoutcomes() == {"passed": 6, "failed": 2}
        assert sorted(rows(result)) == ROWS
        assert TOTALS in result.outlines
        assert short_summary(result) == FAILED
        assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()

    return check


Check = Callable[[pytest.RunResult], None]


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("-p", "no:cacheprovider"),
        ("--tb=line",),
        ("--tb=short",),
        ("--tb=native",),
        ("--tb=no",),
        ("--strict-markers", "--strict-config"),
        ("--import-mode=importlib",),
        ("--assert=plain",),
        ("-s",),
        ("--runxfail",),
        ("-p", "no:xdist"),
        ("--durations=2",),
        ("--ff",),
        ("--nf",),
        ("--setup-show",),
    ],
    ids=" ".join,
)
def test_options(nets: Path, run: Run, assert_as_ever: Check, args: tuple[str, ...]) -> None:
    assert_as_ever(run("-v", *args))


@pytest.mark.parametrize("how", ["load", "loadscope", "loadfile", "worksteal"])
def test_xdist(nets: Path, run_alone: Run, assert_as_ever: Check, how: str) -> None:
    assert_as_ever(run_alone("-v", "-n", "2", f"--dist={how}"))


def test_warnings_are_errors(nets: Path, run: Run, assert_as_ever: Check) -> None:
    assert_as_ever(run("-v", "-W", "error"))


def test_warnings_are_errors_in_a_fresh_process(nets: Path, run_alone: Run, assert_as_ever: Check) -> None:
    assert_as_ever(run_alone("-v", "-W", "error"))


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_randomly(nets: Path, run_with: Run, assert_as_ever: Check, workers: tuple[str, ...]) -> None:
    assert_as_ever(run_with("randomly", "-v", "--randomly-seed=3", *workers))


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_cov(nets: Path, run_with: Run, assert_as_ever: Check, workers: tuple[str, ...]) -> None:
    result = run_with("pytest_cov", "-v", "--cov=toy", "--cov-report=term", *workers)
    assert_as_ever(result)
    # What runs on shapes is the model's own code, so it is covered as well.
    (covered,) = [line.split() for line in result.outlines if re.match(r"toy\.py +\d", line)]
    assert int(covered[1]) > int(covered[2])


@pytest.mark.parametrize("method", ["signal", "thread"])
def test_timeout(nets: Path, run_with: Run, assert_as_ever: Check, method: str) -> None:
    assert_as_ever(run_with("timeout", "-v", "--timeout=300", f"--timeout-method={method}"))


def test_strict(nets: Path, run: Run, assert_as_ever: Check) -> None:
    if pytest.version_tuple < (9, 0):
        pytest.skip("strict is an option from pytest 9 on")
    nets.write_text(f"[tool.pytest]\nstrict = true\n{TABLE}", encoding="utf-8")
    assert_as_ever(run("-v"))
    assert run("-m", "flop_budget or flop_cases").parseoutcomes() == {"passed": 5, "failed": 1, "deselected": 2}


def test_no_summary(nets: Path, run: Run) -> None:
    result = run("--no-summary", "-v")
    assert result.parseoutcomes() == {"passed": 6, "failed": 2}
    assert "flop budgets" not in result.stdout.str()


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_no_terminal(nets: Path, run_alone: Run, workers: tuple[str, ...]) -> None:
    result = run_alone("-p", "no:terminal", "--junitxml=junit.xml", *workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert (result.outlines, result.errlines) == ([], [])
    junit = (nets.parent / "junit.xml").read_text(encoding="utf-8")
    assert junit.count('<property name="flopbudget.') == 6 * len(
        ("status", "macs", "flops", "total_flops", "params", "activations", "limit", 2, 3)
    )
