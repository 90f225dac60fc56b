"""The fixture in tests of every kind: of unittest and asyncio, with subtests, expected to fail, run again, in a run."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]

# 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488 MACs
KEPT, OVER = "63.49 kMACs of 64 kMACs (99%)", "63.49 kMACs > 60 kMACs (+5.8%)"
TABLE = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3x16x16"
macs    = "{macs}"
"""
DISTRIBUTED = pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])


@pytest.fixture
def write(declare: Declare, pytester: pytest.Pytester) -> Callable[[str], Path]:
    """Write a project with a declared case that is kept, and a file of tests."""

    def make(tests: str) -> Path:
        path = declare(TABLE.format(macs="64 k"))
        pytester.makepyfile(test_nets=f"import pytest\nfrom toy import net\n{tests}")
        return path

    return make


Write = Callable[[str], Path]


UNITTEST = """
import unittest

class TestNet(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _budget(self, flop_budget):
        self.flop_budget = flop_budget

    @pytest.mark.flop_budget(macs="64 k")
    def test_kept(self):
        self.flop_budget(net(), "1x3x16x16")

    def test_over(self):
        self.flop_budget(net(), "1x3x16x16", macs="60 k")

    def test_raises(self):
        with self.assertRaises(AssertionError):
            self.flop_budget(net(), "1x3x16x16", macs="60 k")

    @pytest.mark.flop_budget(macs="64 k")
    def test_nothing(self):
        pass

    @unittest.expectedFailure
    def test_expected(self):
        self.flop_budget(net(), "1x3x16x16", macs="60 k")

    @unittest.skip("not now")
    @pytest.mark.flop_budget(macs="64 k")
    def test_skipped(self):
        pass
"""


@DISTRIBUTED
def test_unittest(write: Write, run: Run, run_alone: Run, rows: Rows, workers: tuple[str, ...]) -> None:
    write(UNITTEST)
    result = (run_alone if workers else run)("-v", *workers)
    result.assert_outcomes(passed=4, failed=2, skipped=1, xfailed=1)
    assert sorted(rows(result)) == [
        f"exceeded test_nets.py::TestNet::test_expected::#1 {OVER}",
        f"exceeded test_nets.py::TestNet::test_over::#1 {OVER}",
        f"exceeded test_nets.py::TestNet::test_raises::#1 {OVER}",
        f"kept net::default {KEPT}",
        f"kept test_nets.py::TestNet::test_kept::#1 {KEPT}",
    ]
    assert sorted(line for line in result.outlines if line.startswith("FAILED")) == [
        "FAILED test_nets.py::TestNet::test_nothing - marked flop_budget, and measured...",
        f"FAILED test_nets.py::TestNet::test_over - {OVER}",
    ]


ASYNC = """
import asyncio

@pytest.mark.flop_budget(macs="64 k")
async def test_kept(flop_budget):
    await asyncio.sleep(0)
    flop_budget(net(), "1x3x16x16")

async def test_over(flop_budget):
    await asyncio.sleep(0)
    flop_budget(net(), "1x3x16x16", macs="60 k")

async def test_thread(flop_budget):
    measurement = await asyncio.to_thread(flop_budget, net(), "1x3x16x16", macs="64 k")
    assert measurement.macs == 63_488

@pytest.mark.flop_budget(macs="64 k")
async def test_nothing():
    await asyncio.sleep(0)
"""


@DISTRIBUTED
def test_asyncio(write: Write, run_with: Run, rows: Rows, workers: tuple[str, ...]) -> None:
    write(ASYNC)
    result = run_with("asyncio", "-v", "-o", "asyncio_mode=auto", *workers)
    result.assert_outcomes(passed=4, failed=2)
    assert sorted(rows(result)) == [
        f"exceeded test_nets.py::test_over::#1 {OVER}",
        f"kept net::default {KEPT}",
        f"kept test_nets.py::test_kept::#1 {KEPT}",
        f"kept test_nets.py::test_thread::#1 {KEPT}",
    ]
    assert f"FAILED test_nets.py::test_over - {OVER}" in result.outlines


SUBTESTS = """
@pytest.mark.flop_budget(macs="64 k")
def test_sizes(subtests, flop_budget):
    for size in (8, 16, 17):
        with subtests.test(size=size):
            flop_budget(net(), f"1x3x{size}x{size}", label=str(size))
"""


@DISTRIBUTED
def test_subtests(
    write: Write, run: Run, run_alone: Run, rows: Rows, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CI", "1")
    if pytest.version_tuple < (9, 0):
        pytest.skip("subtests are built in from pytest 9 on")
    write(SUBTESTS)
    result = (run_alone if workers else run)("-v", *workers)
    # 17 * 17 * 248 = 71,672 MACs
    over = "71.67 kMACs > 64 kMACs (+12%)"
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert sorted(rows(result)) == [
        f"exceeded test_nets.py::test_sizes::17 {over}",
        f"kept net::default {KEPT}",
        f"kept test_nets.py::test_sizes::16 {KEPT}",
        "kept test_nets.py::test_sizes::8 15.87 kMACs of 64 kMACs (24%)",
    ]
    # A worker sends the parameters as text.
    result.stdout.fnmatch_lines([f"SUBFAILED(size=*17*) test_nets.py::test_sizes - 17: {over}"])


EXPECTED = """
@pytest.mark.xfail(reason="grows", strict=True)
def test_strict(flop_budget):
    flop_budget(net(), "1x3x16x16", macs="60 k")

@pytest.mark.xfail(raises=AssertionError)
def test_raises(flop_budget):
    flop_budget(net(), "1x3x16x16", macs="60 k")

@pytest.mark.xfail(raises=ValueError)
def test_raises_another(flop_budget):
    flop_budget(net(), "1x3x16x16", macs="60 k")

@pytest.mark.xfail(strict=True)
@pytest.mark.flop_budget(macs="64 k")
def test_strictly_kept(flop_budget):
    flop_budget(net(), "1x3x16x16")

@pytest.mark.xfail(run=False)
@pytest.mark.flop_budget(macs="64 k")
def test_not_run(flop_budget):
    flop_budget(net(), "1x3x16x16")

@pytest.mark.skip
@pytest.mark.flop_budget(macs="64 k")
def test_skipped(flop_budget):
    flop_budget(net(), "1x3x16x16")

@pytest.mark.flop_budget(macs="64 k")
def test_skips_itself(flop_budget):
    flop_budget(net(), "1x3x16x16")
    pytest.skip("enough")
"""


@DISTRIBUTED
def test_xfail_and_skip(write: Write, run: Run, run_alone: Run, rows: Rows, workers: tuple[str, ...]) -> None:
    write(EXPECTED)
    result = (run_alone if workers else run)("-v", *workers)
    result.assert_outcomes(passed=2, failed=2, xfailed=3, skipped=2)
    assert sorted(rows(result)) == [
        *(f"exceeded test_nets.py::test_{name}::#1 {OVER}" for name in ("raises", "raises_another", "strict")),
        f"kept net::default {KEPT}",
        f"kept test_nets.py::test_skips_itself::#1 {KEPT}",
        f"kept test_nets.py::test_strictly_kept::#1 {KEPT}",
    ]
    assert f"FAILED test_nets.py::test_raises_another - {OVER}" in result.outlines


FLAKY = """
from pathlib import Path

@pytest.mark.flop_budget(params="260")
def test_flaky(flop_budget):
    done = Path("done.txt")
    limit = "64 k" if done.exists() else "60 k"
    done.touch()
    flop_budget(net(), "1x3x16x16", macs=limit)
"""


@DISTRIBUTED
def test_a_test_run_again_has_its_last_verdict(
    write: Write, run: Run, run_alone: Run, rows: Rows, workers: tuple[str, ...]
) -> None:
    write(FLAKY)
    result = (run_alone if workers else run)("-v", "--reruns=2", "--junitxml=junit.xml", *workers)
    assert result.parseoutcomes() == {"passed": 3, "rerun": 1}
    assert sorted(rows(result)) == [
        f"kept net::default {KEPT}",
        f"kept test_nets.py::test_flaky::#1 {KEPT} 260 params of 260 params (100%)",
    ]
    for case in ET.parse("junit.xml").iter("testcase"):
        names = [each.attrib["name"] for each in case.iter("property")]
        assert len(names) == len(set(names))
        assert ("flopbudget.status" in names) == (case.attrib["name"] != "test_plain")


@DISTRIBUTED
def test_a_declared_case_run_again_is_told_once(
    declare: Declare, run: Run, run_alone: Run, rows: Rows, workers: tuple[str, ...]
) -> None:
    declare(TABLE.format(macs="60 k"))
    result = (run_alone if workers else run)("--reruns=2", *workers)
    assert result.parseoutcomes() == {"passed": 1, "failed": 1, "rerun": 2}
    assert rows(result) == [f"exceeded net::default {OVER}"]
    assert "1 case: 1 exceeded. Traced: 1 shapes; built: 1 meta." in result.outlines


NESTED = """
pytest_plugins = ["pytester"]
INNER = '''
from toy import net
def test_inner(flop_budget):
    flop_budget(net(), "1x3x16x16", macs="60 k", label="inner")
'''

@pytest.mark.flop_budget(macs="64 k")
def test_outer(flop_budget, pytester, request):
    flop_budget(net(), "1x3x16x16", label="before")
    pytester.syspathinsert(str(request.config.rootpath))
    pytester.makeini("[pytest]")
    pytester.makepyfile(INNER)
    result = pytester.runpytest_inprocess(*{options!r}, "-v")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["exceeded    test_outer.py::test_inner::inner*", "1 case: 1 exceeded.*"])
    assert "before" not in result.stdout.str()
    flop_budget(net(), "1x3x16x16", label="after")
"""


def test_a_run_within_a_run(write: Write, run_alone: Run, rows: Rows, options: tuple[str, ...]) -> None:
    write(NESTED.replace("{options!r}", repr(options)))
    result = run_alone("-v")
    result.assert_outcomes(passed=3)
    assert rows(result) == [
        f"kept net::default {KEPT}",
        f"kept test_nets.py::test_outer::before {KEPT}",
        f"kept test_nets.py::test_outer::after {KEPT}",
    ]


def test_pdb(write: Write, pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    write("def test_over(flop_budget):\n    size = 16\n    flop_budget(net(), f'1x3x{size}x{size}', macs='60 k')\n")
    result = pytester.run(
        sys.executable, "-m", "pytest", *options, "--pdb", "test_nets.py", stdin=b"p 'size is', size\nc\n"
    )
    result.stdout.fnmatch_lines(
        ["*> *test_nets.py(5)test_over()", "*(Pdb) ('size is', 16)", f"FAILED *test_over - {OVER}"]
    )
    assert "pytest_flopbudget" not in result.stdout.str().partition("PDB post_mortem")[2].partition("FAILED")[0]
