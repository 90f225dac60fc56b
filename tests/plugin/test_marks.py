"""The mark ``flop_budget``: which limits count, and what is told of a mark that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]
Section = Callable[[pytest.RunResult, str], list[str]]
# The toy's net: 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488 MACs at 1x3x16x16, and 260 parameters.
COUNTED = "63.49 kMACs"
NEAREST = """
import pytest
from toy import net

budget = pytest.mark.flop_budget
pytestmark = budget(macs="1 k", params="1", level="warn", reason="the module's")


def test_module(flop_budget):
    flop_budget(net(), "1x3x16x16")


@budget(macs="9 k")
class Base:
    def test_inherited(self, flop_budget):
        flop_budget(net(), "1x3x16x16")


@budget(macs="2 k", level="error")
class TestClass(Base):
    def test_class(self, flop_budget):
        flop_budget(net(), "1x3x16x16")

    @budget(macs="3 k", params="260")
    def test_function(self, flop_budget):
        flop_budget(net(), "1x3x16x16")

    @budget(macs="3 k")
    @pytest.mark.parametrize("size", [16, pytest.param(8, marks=budget(macs="4 k", modules={"0": {"macs": "1 k"}}))])
    def test_set(self, flop_budget, size):
        flop_budget(net(), (1, 3, size, size))

    @budget(macs="3 k")
    @budget(macs="6 k")
    def test_call(self, flop_budget):
        flop_budget(net(), "1x3x16x16", macs=5_000, level="warn")
        flop_budget(net(), "1x3x16x16", params=300, label="two")
"""


def test_the_nearest_mark_wins_key_by_key(declare: Declare, run: Run, rows: Rows, pytester: pytest.Pytester) -> None:
    declare("")
    pytester.makepyfile(test_it=NEAREST)
    result = run("test_it.py")
    result.assert_outcomes(passed=1, failed=6, warnings=2)
    params = "260 params > 1 param (260x)"
    assert rows(result) == [
        f"exceeded test_it.py::test_module::#1 {COUNTED} > 1 kMACs (63.5x) (warning) {params} (warning)",
        f"exceeded test_it.py::TestClass::test_inherited::#1 {COUNTED} > 2 kMACs (31.7x) {params}",
        f"exceeded test_it.py::TestClass::test_class::#1 {COUNTED} > 2 kMACs (31.7x) {params}",
        f"exceeded test_it.py::TestClass::test_function::#1 {COUNTED} > 3 kMACs (21.2x)",
        f"exceeded test_it.py::TestClass::test_set[16]::#1 {COUNTED} > 3 kMACs (21.2x) {params}",
        (
            f"exceeded test_it.py::TestClass::test_set[8]::#1 15.87 kMACs > 4 kMACs (+297%) {params} "
            "0: 13.82 kMACs > 1 kMACs (13.8x)"
        ),
        f"exceeded test_it.py::TestClass::test_call::#1 {COUNTED} > 5 kMACs (12.7x) (warning) {params} (warning)",
        f"exceeded test_it.py::TestClass::test_call::two {COUNTED} > 6 kMACs (10.6x)",
        ("tolerated 2 cases over a limit or the lock, most of all test_it.py::test_module::#1 (params 260x)"),
    ]


def test_a_limit_is_told_with_its_place(
    declare: Declare, run: Run, section: Section, pytester: pytest.Pytester
) -> None:
    declare("")
    pytester.makepyfile(test_it=NEAREST)
    result = run("test_it.py")
    lines = NEAREST.strip().splitlines()
    module = 1 + next(number for number, line in enumerate(lines) if line.startswith("pytestmark"))
    base = 1 + lines.index('@budget(macs="9 k")')
    derived = 1 + lines.index('@budget(macs="2 k", level="error")')
    function = 1 + lines.index('    @budget(macs="3 k", params="260")')
    written = [
        (each, line.partition("written ")[2])
        for each in ("TestClass.test_class", "TestClass.test_function", "TestClass.test_set[16]")
        for line in section(result, each)
        if "written" in line
    ]
    assert base < derived
    assert written == [
        ("TestClass.test_class", f"'2 k' at test_it.py:{derived}"),
        ("TestClass.test_class", f"'1' at test_it.py:{module}"),
        ("TestClass.test_function", f"'3 k' at test_it.py:{function}"),
        ("TestClass.test_set[16]", f"'3 k' at test_it.py:{function + 4}"),
        ("TestClass.test_set[16]", f"'1' at test_it.py:{module}"),
    ]


BAD = """
import pytest
from toy import net

@pytest.mark.flop_budget(mac="60 k", params="2 bananas", modules={"0": {"watts": 1}})
def test_keys():
    pass

@pytest.mark.flop_budget("4.2 G")
def test_positional(flop_budget):
    flop_budget(net(), "1x3x16x16")

@pytest.mark.flop_budget(level="loud")
class TestTwo:
    @pytest.mark.flop_budget(macs=-1)
    def test_two(self):
        pass

@pytest.mark.flop_budget(macs="12 per R")
def test_rate(flop_budget):
    flop_budget(net(), "1x3x16x16")

@pytest.mark.skip(reason="not today")
@pytest.mark.flop_budget(mac=1)
def test_skipped():
    pass

def test_fine():
    pass
"""
TOLD = {
    "test_keys": [
        (
            "test_it.py:4: flop_budget: modules.0.watts: unknown key; a module may have macs, flops, total_flops, "
            "params, activations, max_growth, reason"
        ),
        "test_it.py:4: flop_budget: mac: unknown key; did you mean 'macs'?",
        (
            "test_it.py:4: flop_budget: params: '2 bananas' is no number of parameters: 'bananas' is neither a prefix "
            "nor the unit; write a number, with a prefix (k M G T P) and the unit if need be, as in '25.6 M params'"
        ),
    ],
    "test_positional": ["test_it.py:8: flop_budget: '4.2 G': a limit has a name, as in macs='4.2 G'"],
    "TestTwo.test_two": [
        "test_it.py:14: flop_budget: macs: -1 is no number of MACs: it is below zero",
        "test_it.py:12: flop_budget: level: 'loud' is none of 'error', 'warn', 'off'",
    ],
}
RATE = (
    "test_it.py:18: macs: '12 per R': there is no dimension 'R': only a declared model's point has any, as in "
    "declared='net', at={'R': 96}"
)


@pytest.mark.parametrize("args", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_bad_mark_is_its_own_tests_error(
    declare: Declare, run: Run, run_alone: Run, section: Section, pytester: pytest.Pytester, args: tuple[str, ...]
) -> None:
    declare("")
    pytester.makepyfile(test_it=BAD)
    result = (run_alone if args else run)("test_it.py", *args)
    result.assert_outcomes(passed=1, skipped=1, failed=1, errors=3)
    assert {name: section(result, name) for name in TOLD} == TOLD
    assert section(result, "test_rate")[-3:] == [
        f"E       pytest_flopbudget.errors.AskedError: {RATE}",
        "",
        "test_it.py:20: AskedError",
    ]
    assert "INTERNALERROR" not in result.stdout.str()


def test_marks_that_arrive_late(declare: Declare, run: Run, rows: Rows, pytester: pytest.Pytester) -> None:
    """A conftest's mark is there before the run, one of a fixture only while the test runs."""
    declare("")
    pytester.makeconftest(
        """
        import pytest

        @pytest.hookimpl(tryfirst=True)
        def pytest_collection_modifyitems(items):
            for item in items:
                if "collected" in item.name:
                    item.add_marker(pytest.mark.flop_budget(macs="1 k"))

        @pytest.fixture
        def strict(request):
            request.node.add_marker(pytest.mark.flop_budget(macs="2 k"))
        """
    )
    pytester.makepyfile(
        test_it="""
        from toy import net

        def test_collected():
            pass

        def test_strict(strict, flop_budget):
            flop_budget(net(), "1x3x16x16")
        """
    )
    result = run("test_it.py")
    result.assert_outcomes(failed=2)
    assert rows(result) == [f"exceeded test_it.py::test_strict::#1 {COUNTED} > 2 kMACs (31.7x)"]


def test_a_mark_whose_line_cannot_be_told_stands_at_the_test(
    declare: Declare, run: Run, section: Section, pytester: pytest.Pytester
) -> None:
    declare("")
    # A class without a source, and a module that is no UTF-8.
    text = (
        "# coding: latin-1\nimport pytest\nbudget = pytest.mark.flop_budget\npytestmark = budget(parms=1)  # \xe9\n"
        "def test_it(self, flop_budget):\n    pass\n"
        "TestMade = type('TestMade', (), {'pytestmark': budget(mac=1), 'test_it': test_it})\n"
    )
    (pytester.path / "test_it.py").write_bytes(text.encode("latin-1"))
    result = run("test_it.py", "-k", "TestMade")
    result.assert_outcomes(errors=1, deselected=1)
    assert section(result, "TestMade.test_it") == [
        "test_it.py:5: flop_budget: mac: unknown key; did you mean 'macs'?",
        "test_it.py:5: flop_budget: parms: unknown key; did you mean 'params'?",
    ]
