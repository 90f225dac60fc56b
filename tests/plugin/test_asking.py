"""What becomes of the counts of a test: declared limits, levels, outcomes, and all that is told of them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]

# The toy's net: 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488 MACs at 1x3x16x16, and 260 parameters.
TABLE = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3xRxR"
params  = "260"
at = [
  { R = 16, macs = "60 k", reason = "30 fps" },
  { R = 32, macs = "300 k" },
]

[tool.pytest-flopbudget.models.body]
factory = "toy:net"
part    = "0"
call    = "forward"
input   = "1x3x8x8"
macs    = "= 13_824"

[tool.pytest-flopbudget.models.later]
factory = "toy:net"
input   = "1x3x8x8"
macs    = "1 k"
skip    = "waits for the new layer"
"""


def test_declared_limits_for_a_model_of_the_tests_own(
    declare: Declare, run: Run, rows: Rows, pytester: pytest.Pytester
) -> None:
    declare(TABLE)
    pytester.makepyfile(
        test_it="""
        import pytest
        from toy import net

        def test_kept(flop_budget):
            assert flop_budget(net(), declared="net", at={"R": 32}).macs == 253_952

        def test_over(flop_budget):
            flop_budget(net(9), declared="net", at="R16")

        def test_call_beats_table(flop_budget):
            flop_budget(net(), declared="net", at="R16", macs="64 k", label="kept")
            flop_budget(net(), declared="net", at="R16", macs="10 per R*R", label="over")

        @pytest.mark.flop_budget(macs="62 k")
        def test_mark_beats_table(flop_budget):
            flop_budget(net(), declared="net", at="R16")

        def test_part(flop_budget):
            assert flop_budget(net(), declared="body").params == 3 * 8 * 9 + 8

        def test_share(flop_budget):
            flop_budget(net(2), "1x3x16x16", macs="20% of net::R16")

        def test_later(flop_budget):
            flop_budget(net(), declared="later")
        """
    )
    result = run("test_it.py")
    result.assert_outcomes(passed=2, failed=4, skipped=1)
    assert rows(result) == [
        "exceeded test_it.py::test_over::#1 71.42 kMACs > 60 kMACs (+19%) 292 params > 260 params (+12%)",
        "exceeded test_it.py::test_call_beats_table::over 63.49 kMACs > 2.56 kMACs (24.8x)",
        "exceeded test_it.py::test_mark_beats_table::#1 63.49 kMACs > 62 kMACs (+2.4%)",
        "exceeded test_it.py::test_share::#1 15.87 kMACs > 12.7 kMACs (+25%)",
        "skipped test_it.py::test_later::#1 waits for the new layer",
    ]


OUTPUTS = """
from toy import net

def test_one(flop_budget):
    flop_budget(net(), "1x3x16x16", macs="60 k", params=260)

def test_two(flop_budget):
    flop_budget(net(), "1x3x8x8", label="small", macs="1 G")
    with flop_budget.region(label="region", macs="1 G"):
        net()(net()[0].weight.new_zeros(1, 3, 16, 16))
"""
CONFTEST = """
import json

def pytest_runtest_logreport(report):
    records = vars(report).get("flopbudget", [])
    if records:
        with open("records.jsonl", "a") as file:
            file.write(json.dumps([report.nodeid, report.when, records]) + chr(10))
"""


@pytest.mark.parametrize("args", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_test_and_a_declared_case_look_alike(
    declare: Declare, run: Run, run_alone: Run, rows: Rows, pytester: pytest.Pytester, args: tuple[str, ...]
) -> None:
    declare(TABLE.split("[tool.pytest-flopbudget.models.body]", maxsplit=1)[0])
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_it=OUTPUTS)
    result = (run_alone if args else run)("--flopbudget", "test_it.py", "-v", "--junitxml=report.xml", *args)
    assert sorted(rows(result)) == [
        "exceeded net::R16 63.49 kMACs > 60 kMACs (+5.8%)",
        "exceeded test_it.py::test_one::#1 63.49 kMACs > 60 kMACs (+5.8%)",
        "kept net::R32 254 kMACs of 300 kMACs (84%) 260 params of 260 params (100%)",
        "kept test_it.py::test_two::region 63.49 kMACs of 1 GMACs (0%)",
        "kept test_it.py::test_two::small 15.87 kMACs of 1 GMACs (0%)",
    ]
    assert _properties(pytester, "test_one") == {**_properties(pytester, "R16"), "flopbudget.built": "given"}
    both = _properties(pytester, "test_two")
    assert both["flopbudget.small.macs"] == str(8 * 8 * (3 * 8 * 9 + 8 * 4))
    assert both["flopbudget.region.macs"] == str(16 * 16 * (3 * 8 * 9 + 8 * 4))
    assert both["flopbudget.region.traced"] == "executed"
    # The conftest's hook runs in the workers, too.
    sent = [json.loads(line) for line in set((pytester.path / "records.jsonl").read_text().splitlines())]
    assert sorted((node, when, [(each["kind"], each["id"]) for each in records]) for node, when, records in sent) == [
        ("pyproject.toml::net::R16", "call", [("declared", "net::R16")]),
        ("pyproject.toml::net::R32", "call", [("declared", "net::R32")]),
        ("test_it.py::test_one", "call", [("test", "test_it.py::test_one::#1")]),
        (
            "test_it.py::test_two",
            "call",
            [("test", "test_it.py::test_two::small"), ("region", "test_it.py::test_two::region")],
        ),
    ]


def _properties(pytester: pytest.Pytester, name: str) -> dict[str | None, str | None]:
    tests = ET.parse(pytester.path / "report.xml").iter("testcase")
    (test,) = [each for each in tests if each.get("name") == name]
    pairs = [(each.get("name"), each.get("value")) for each in test.iter("property")]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


OUTCOMES = """
import pytest
from pytest_flopbudget import FlopBudgetError, FlopBudgetExceeded
from toy import Shop, net

def over(flop_budget, **options):
    flop_budget(net(), "1x3x16x16", macs="60 k", **options)

@pytest.mark.xfail(raises=FlopBudgetExceeded, strict=True)
def test_xfail(flop_budget):
    over(flop_budget)

def test_raises(flop_budget):
    with pytest.raises(FlopBudgetExceeded, match="63,488 MACs"):
        over(flop_budget)

def test_exceeded_is_an_assertion_and_an_error_is_none(flop_budget):
    with pytest.raises(AssertionError):
        over(flop_budget)
    with pytest.raises(FlopBudgetError, match="shop::mix") as error:
        flop_budget(Shop(), "1x3x4x4", macs="1 G", label="shop")
    assert not isinstance(error.value, AssertionError)

def test_level(flop_budget):
    with pytest.warns(match="63.49 kMACs > 60 kMACs"):
        over(flop_budget, level="warn")
    over(flop_budget, level="off", label="off")

@pytest.mark.filterwarnings("error")
def test_warnings_are_errors(flop_budget):
    with pytest.raises(FlopBudgetExceeded):
        over(flop_budget, level="warn")
    with pytest.raises(FlopBudgetError):
        flop_budget(net(), "1x3x16x16", macs="64 k", warn_at="90%", label="near")

def test_uncounted(flop_budget):
    flop_budget(Shop(), "1x3x4x4", macs="1 G", uncounted="off")

def test_zero(flop_budget):
    flop_budget(net()[1], "1x3x4x4", macs=0, allow_zero=True)

def test_too_large_to_execute(flop_budget):
    with pytest.raises(FlopBudgetError, match="execute"):
        flop_budget(net(), "1x3x16x16", macs="1 G", backend="execute", execute_limit="1 kB")

def test_count_flops_never_fails(count_flops):
    assert count_flops(Shop(), "1x3x4x4").uncounted
    assert count_flops(net()[1], "1x3x4x4").macs == 0
"""


def test_outcomes(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    declare("")
    pytester.makepyfile(test_it=OUTCOMES)
    run("test_it.py").assert_outcomes(passed=8, xfailed=1)


@pytest.mark.parametrize(("level", "outcomes"), [("warn", (1, 1)), ("off", (1, 0))], ids=["warn", "off"])
def test_the_command_lines_level_beats_all(
    declare: Declare, run: Run, pytester: pytest.Pytester, level: str, outcomes: tuple[int, int]
) -> None:
    declare("")
    source = 'def test_it(flop_budget):\n    flop_budget(toy.net(), "1x3x16x16", macs=1, level="error")\n'
    pytester.makepyfile(test_it="import toy\n\n" + source)
    result = run("test_it.py", f"--flopbudget-level={level}")
    result.assert_outcomes(passed=outcomes[0], warnings=outcomes[1])


def test_the_mark_selects(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    declare("")
    pytester.makepyfile(
        test_it="""
        import pytest
        from toy import net

        @pytest.mark.flop_budget(macs="64 k")
        def test_marked(flop_budget):
            assert flop_budget(net(), "1x3x16x16").macs == 63_488

        def test_plain():
            pass
        """
    )
    run("-m", "flop_budget", "--strict-markers", "test_it.py").assert_outcomes(passed=1, deselected=1)
