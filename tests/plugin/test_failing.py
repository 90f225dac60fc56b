"""What a failing case looks like, to people and to tools."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]

TABLE = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3xRxR"
params  = "260"
at = [
  { R = 16, macs = "64 k" },
  { R = 32, macs = "200 k", reason = "30 fps on the DSP, rev B" },
]
"""
HEADLINE = "254 kMACs > 200 kMACs (+27%)"
FAILED = f"FAILED pyproject.toml::net::R32 - {HEADLINE}"


def between(result: pytest.RunResult, first: str, last: str) -> str:
    """The lines between the first that has one text and the next that has another."""
    lines = result.outlines
    start = next(index for index, line in enumerate(lines) if first in line)
    end = next(index for index, line in enumerate(lines[start + 1 :], start + 1) if last in line)
    return "\n".join(lines[start + 1 : end])


def test_exceeded(declare: Declare, run: Run) -> None:
    declare(TABLE)
    result = run()
    result.assert_outcomes(passed=2, failed=1)
    macs = {"0": 32 * 32 * 3 * 8 * 9, "2": 32 * 32 * 8 * 4}
    assert macs == {"0": 221_184, "2": 32_768}
    expected = """
        254 kMACs > 200 kMACs (+27%)

        macs:
          counted  253,952 MACs
          limit    200,000 MACs, written '200 k' at pyproject.toml:7
          over      53,952 MACs (+27%)
          reason   30 fps on the DSP, rev B

        Where the MACs go, by module:
          0  221,184 MACs   87.1%
          2   32,768 MACs   12.9%

        Traced: shapes. Built: meta.
        To change the limit, edit macs at pyproject.toml:7.
    """
    assert between(result, "flop budget of net::R32", "= flop budgets =") == dedent(expected).strip("\n")
    assert between(result, "= flop budgets =", "short test summary") == (
        "exceeded    net::R32  254 kMACs > 200 kMACs (+27%)\n"
        "2 cases: 1 exceeded, 1 kept. Traced: 2 shapes; built: 2 meta."
    )
    assert FAILED in result.outlines


@pytest.mark.parametrize("args", [(), ("-q",), ("--tb=no",), ("--tb=short",), ("--tb=native",), ("--tb=line",)])
def test_the_short_summary_is_one_line(
    declare: Declare, run: Run, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CI", "1")
    monkeypatch.setenv("BUILD_NUMBER", "1")
    declare(TABLE)
    lines = run(*args).outlines
    start = next(index for index, line in enumerate(lines) if "short test summary" in line)
    assert lines[start + 1] == FAILED
    assert "1 failed, 2 passed" in lines[start + 2]


def test_tb_line_points_at_the_case(declare: Declare, run: Run) -> None:
    path = declare(TABLE)
    assert f"{path}:7: {HEADLINE}" in run("--tb=line").outlines


def test_the_body_is_the_same_from_a_worker(declare: Declare, run: Run, run_alone: Run) -> None:
    declare(TABLE)
    alone, distributed = run(), run_alone("-n", "2")
    distributed.assert_outcomes(passed=2, failed=1)
    body = between(alone, "flop budget of net::R32", "= flop budgets =")
    worker, _, told = between(distributed, "flop budget of net::R32", "= flop budgets =").partition("\n")
    assert worker.startswith("[gw")
    assert told == body
    assert between(distributed, "= flop budgets =", "short test") == between(alone, "= flop budgets =", "short test")
    assert FAILED in distributed.outlines


def test_cannot_run(declare: Declare, run: Run, in_common: Callable[[str], str]) -> None:
    declare("""
        [tool.pytest-flopbudget.models.headed]
        factory = "toy:headed"
        input   = "1x3x16x16"
        macs    = "1 M"
        reason  = "the smallest that the app shows"
    """)
    result = run()
    result.assert_outcomes(passed=1, failed=1)
    told = between(result, "flop budget of headed::default", "= flop budgets =").splitlines()
    assert in_common(told[0]) == (
        "cannot run at 1x3x16x16: 2 (Linear): mat1 and mat2 shapes cannot be multiplied (1x2048 and 64x10)"
    )
    assert "Traceback" not in result.stdout.str()
    assert "test_items.py" not in result.stdout.str()


def test_uncounted(declare: Declare, run: Run) -> None:
    declare("""
        [tool.pytest-flopbudget.models.shop]
        factory = "toy:Shop"
        input   = "1x3x4x4"
        macs    = "1 M"
    """)
    result = run()
    result.assert_outcomes(passed=1, failed=1)
    told = between(result, "flop budget of shop::default", "= flop budgets =")
    assert told.startswith(
        "2 calls of shop::mix are uncounted\n\n"
        "Uncounted: operators with neither a formula nor a place among the free.\n"
        "  shop::mix  2 calls in the model itself\n"
        "             such as x 1x8x4x4 gives 1x8x4x4\n"
    )
    assert '    free = ["shop::mix"]\n' in told
    assert "    def mix(x: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:\n" in told


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ('free = ["shop::mix"]\n', "kept"),
        ('[tool.pytest-flopbudget.defaults]\nuncounted = "off"\n', "kept"),
        ('[tool.pytest-flopbudget.defaults]\nuncounted = "warn"\n', "incomplete"),
    ],
)
def test_the_ways_out_of_uncounted_work(declare: Declare, run: Run, line: str, status: str) -> None:
    declare(
        "[tool.pytest-flopbudget]\n" + line + "[tool.pytest-flopbudget.models.shop]\n"
        'factory = "toy:Shop"\ninput = "1x3x4x4"\nmacs = "1 M"\n'
    )
    result = run("-v", "-W", "ignore")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines([f"{status} *shop::default  *"])


def test_empty(declare: Declare, run: Run) -> None:
    declare("""
        [tool.pytest-flopbudget.models.still]
        factory = "toy:still"
        input   = "1x3x4x4"
        macs    = "1 M"
    """)
    result = run()
    result.assert_outcomes(passed=1, failed=1)
    assert "FAILED pyproject.toml::still::default - 0 MACs: nothing in the model was counted" in result.outlines


def test_a_fault_of_ours_shows_its_traceback(declare: Declare, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(case: object, table: object, shelf: object) -> None:
        raise ZeroDivisionError(f"a fault of ours: {type(case).__name__}, {type(table).__name__}")

    monkeypatch.setattr("pytest_flopbudget.engine.measure", faulty)
    declare(TABLE)
    result = run()
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            ">       self.verdict = verdict = self._judged()",
            "*declared.py:*",
            "E       ZeroDivisionError: a fault of ours: Case, Table",
            "*test_failing.py:*: ZeroDivisionError",
        ]
    )
    assert "_hookexec" not in result.stdout.str()


def test_keyboard_interrupt_passes(declare: Declare, run_alone: Run) -> None:
    declare(TABLE.replace("toy:net", "toy:stopped"))
    result = run_alone()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert "KeyboardInterrupt" in result.stdout.str()
    assert "INTERNALERROR" not in result.stdout.str()


def test_pdb_opens_where_the_case_failed(declare: Declare, pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    declare(TABLE)
    commands = b"p self.verdict.status\ncontinue\n"
    result = pytester.run(sys.executable, "-m", "pytest", *options, "--pdb", stdin=commands)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines([HEADLINE, "*> entering PDB >*", "(Pdb) 'exceeded'"])


def test_junit(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    declare(TABLE)
    run("--junitxml=report.xml")
    (case,) = [case for case in ET.parse(pytester.path / "report.xml").iter("testcase") if case.get("name") == "R32"]
    assert [(each.get("name"), each.get("value")) for each in case.iter("property")] == [
        ("flopbudget.status", "exceeded"),
        ("flopbudget.macs", "253952"),
        ("flopbudget.flops", "507904"),
        ("flopbudget.total_flops", str(507904 + 32 * 32 * (8 + 8 + 4))),
        ("flopbudget.params", "260"),
        ("flopbudget.activations", str(32 * 32 * (8 + 4))),
        ("flopbudget.traced", "shapes"),
        ("flopbudget.built", "meta"),
        ("flopbudget.limit.macs", "200000"),
        ("flopbudget.limit.params", "260"),
    ]
    assert [failure.get("message") for failure in case.iter("failure")] == [HEADLINE]


def test_reruns_do_not_double_anything(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    pytest.importorskip("pytest_rerunfailures")
    declare(TABLE)
    result = run("--reruns=2", "--junitxml=report.xml")
    assert "1 failed, 2 passed, 2 rerun" in result.outlines[-1]
    assert "2 cases: 1 exceeded, 1 kept. Traced: 2 shapes; built: 2 meta." in result.outlines
    runs = [case for case in ET.parse(pytester.path / "report.xml").iter("testcase") if case.get("name") == "R32"]
    properties = [[each.get("name") for each in case.iter("property")] for case in runs]
    # How many test cases the file has for one test that ran thrice is up to the plugin that reruns.
    assert {names.count("flopbudget.status") for names in properties} == {1}


@pytest.mark.parametrize("args", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_last_failed_runs_exactly_the_failed_one(
    declare: Declare, run: Run, run_alone: Run, args: tuple[str, ...]
) -> None:
    declare("[tool.pytest.ini_options]\ntestpaths = ['tests']\n" + TABLE)
    run().assert_outcomes(passed=2, failed=1)
    result = (run_alone if args else run)("--lf", *args)
    assert result.parseoutcomes().get("failed") == 1
    assert "passed" not in result.parseoutcomes()
    assert FAILED in result.outlines


def test_exitfirst(declare: Declare, run: Run) -> None:
    declare(TABLE.replace('"64 k"', '"1 k"'))
    result = run("-x")
    result.assert_outcomes(failed=1)
