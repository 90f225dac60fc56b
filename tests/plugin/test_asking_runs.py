"""The tables that a test's counts need, and runs of every kind: again, in a debugger, of unittest, without torch."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]
Section = Callable[[pytest.RunResult, str], list[str]]

# The toy's net: 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488 MACs at 1x3x16x16.
TABLE = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3xRxR"
params  = "260"
at      = [{ R = 16, macs = "60 k" }, { R = 32, macs = "300 k" }]
"""
TABLES = """
import pytest
from toy import Shop, net

def test_free(flop_budget, count_flops):
    flop_budget(Shop(), "1x3x4x4", macs="1 G")
    assert not count_flops(Shop(), "1x3x4x4").uncounted

@pytest.mark.flop_cases("net")
def test_case(flop_case):
    pass

def test_plain():
    pass
"""


def test_the_tables_formulas_and_free_operators_count(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    declare('[tool.pytest-flopbudget]\nfree = ["shop::mix"]\n' + TABLE)
    pytester.makepyfile(test_it=TABLES)
    run("test_it.py").assert_outcomes(passed=4)


@pytest.mark.parametrize("args", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_table_with_mistakes(
    declare: Declare, run: Run, run_alone: Run, section: Section, pytester: pytest.Pytester, args: tuple[str, ...]
) -> None:
    """A test that needs the table errors with its text; every other test runs."""
    declare(TABLE.replace("params  =", "parms ="))
    pytester.makepyfile(test_it=TABLES)
    result = (run_alone if args else run)("test_it.py", "--flopbudget", *args)
    result.assert_outcomes(passed=1, failed=2, errors=1)
    mistake = "pyproject.toml:4: models.net.parms: unknown key; did you mean 'params'?"
    assert section(result, "table of pyproject.toml") == [mistake]
    assert section(result, "test_case[none]") == [mistake]
    assert f"E       pytest_flopbudget.errors.TableError: {mistake}" in section(result, "test_free")


def test_ids_are_relative_to_the_table(declare: Declare, run: Run, rows: Rows, pytester: pytest.Pytester) -> None:
    """Whatever folder pytest is called from: a case has the same id in every run."""
    declare(TABLE, "service/pyproject.toml")
    pytester.makeini("[pytest]")
    (pytester.path / "service" / "tests").mkdir()
    source = 'import toy\n\ndef test_it(flop_budget):\n    flop_budget(toy.net(), "1x3x16x16", macs=1)\n'
    for folder in ("service/tests", "elsewhere"):
        (pytester.path / folder).mkdir(exist_ok=True)
        (pytester.path / folder / f"test_{Path(folder).name}.py").write_text(source)
    pytester.makepyfile(conftest="")
    result = run("service/tests", "elsewhere")
    result.assert_outcomes(failed=2)
    told = "63.49 kMACs > 1 MAC (63,488x)"
    assert rows(result) == [
        "service/pyproject.toml:",
        f"exceeded tests/test_tests.py::test_it::#1 {told}",
        "no table:",
        f"exceeded elsewhere/test_elsewhere.py::test_it::#1 {told}",
    ]


def test_reruns_have_the_last_runs_verdicts(declare: Declare, run: Run, rows: Rows, pytester: pytest.Pytester) -> None:
    pytest.importorskip("pytest_rerunfailures")
    declare("")
    pytester.makepyfile(
        test_it="""
        import toy

        runs = []

        def test_it(flop_budget):
            runs.append(1)
            flop_budget(toy.net(), "1x3x16x16", macs="64 k")
            flop_budget(toy.net(), "1x3x16x16", macs="60 k" if len(runs) < 3 else "64 k", label=f"run {len(runs)}")
        """
    )
    result = run("test_it.py", "--reruns=2", "-v", "--junitxml=report.xml")
    assert "1 passed, 2 rerun" in result.outlines[-1]
    assert rows(result) == [
        "kept test_it.py::test_it::#1 63.49 kMACs of 64 kMACs (99%)",
        "kept test_it.py::test_it::run 3 63.49 kMACs of 64 kMACs (99%)",
    ]
    last = list(ET.parse(pytester.path / "report.xml").iter("testcase"))[-1]
    names = [str(each.get("name")) for each in last.iter("property")]
    assert {name.rpartition(".")[0].removesuffix(".limit") for name in names} == {"flopbudget", "flopbudget.run 3"}


def test_pdb_opens_at_the_tests_own_line(declare: Declare, pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    declare("")
    test = "def test_it(flop_budget):\n    size = 16\n    flop_budget(toy.net(), (1, 3, size, size), macs=1)\n"
    pytester.makepyfile(test_it="import toy\n\n" + test)
    command = (sys.executable, "-m", "pytest", *options, "--pdb", "test_it.py")
    result = pytester.run(*command, stdin=b"p size + 1\ncontinue\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["> *test_it.py(5)test_it()", "(Pdb) 17"])


def test_unittest_and_subtests(declare: Declare, run: Run, rows: Rows, pytester: pytest.Pytester) -> None:
    declare("")
    pytester.makepyfile(
        test_it="""
        import unittest

        import pytest
        from toy import net

        @pytest.mark.flop_budget(macs="60 k")
        class TestCase(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def _budget(self, flop_budget):
                self.flop_budget = flop_budget

            def test_over(self):
                self.flop_budget(net(), "1x3x16x16")

            def test_kept(self):
                self.flop_budget(net(), "1x3x8x8")

            def test_nothing(self):
                pass

        @pytest.mark.skipif(pytest.version_tuple < (9,), reason="pytest 9 has subtests")
        @pytest.mark.flop_budget(macs="20 k")
        def test_sizes(request):
            subtests, flop_budget = map(request.getfixturevalue, ("subtests", "flop_budget"))
            with subtests.test("before"):
                pass
            for size in (8, 16):
                with subtests.test(size=size):
                    flop_budget(net(), (1, 3, size, size), label=f"R{size}")
        """
    )
    result = run("test_it.py", "-v")
    told = result.stdout.str()
    names = {line.partition(" - ")[0] for line in result.outlines if line.startswith("FAILED ")}
    cases = ["exceeded test_it.py::TestCase::test_over::#1 63.49 kMACs > 60 kMACs (+5.8%)"]
    cases += ["kept test_it.py::TestCase::test_kept::#1 15.87 kMACs of 60 kMACs (26%)"]
    assert names >= {"FAILED test_it.py::TestCase::test_over", "FAILED test_it.py::TestCase::test_nothing"}
    if pytest.version_tuple >= (9,):
        assert "FAILED test_it.py::test_sizes" in names
        cases += ["kept test_it.py::test_sizes::R8 15.87 kMACs of 20 kMACs (79%)"]
        cases += ["exceeded test_it.py::test_sizes::R16 63.49 kMACs > 20 kMACs (+217%)"]
    assert set(rows(result)) == set(cases)
    assert told.count("measured nothing") == 1
    assert "pytest_flopbudget/" not in told


WITHOUT_TORCH = """
import sys

class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoTorch())
"""


@pytest.mark.usefixtures("cold")
def test_without_torch(
    declare: Declare, run_alone: Run, section: Section, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "1")
    declare(TABLE.replace('"toy:net"', '"builtins:dict"'))
    pytester.makeconftest(WITHOUT_TORCH)
    pytester.makepyfile(
        test_it="""
        import pytest

        def test_budget(flop_budget):
            flop_budget(None, "1x3", macs=1)

        def test_count(count_flops):
            count_flops(None, "1x3")

        def test_region(flop_budget):
            with flop_budget.region(macs=1):
                pass

        @pytest.mark.flop_cases("net::R16")
        def test_case(flop_case):
            flop_case.build()

        def test_fixtures_are_not_used(flop_budget, count_flops):
            pass
        """
    )
    result = run_alone("test_it.py", "--flopbudget-only=net::R16")
    result.assert_outcomes(passed=1, failed=5)
    told = "torch is not installed: without it nothing can be counted"
    short = sorted(line.partition(" - ") for line in result.outlines if line.startswith("FAILED "))
    assert [each[0].split("::")[-1] for each in short] == [
        "R16",
        "test_budget",
        "test_case[net:R16]",
        "test_count",
        "test_region",
    ]

    assert {each[2] for each in short} == {told}
