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

# The toy's net: 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488 MACs at 1x3x16x16, and 260 parameters.
TABLE = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3xRxR"
params  = "260"
at = [
  { R = 16, macs = "64 k" },
  { R = 32, macs = "300 k" },
]

[tool.pytest-flopbudget.models.later]
factory = "toy:net"
input   = "1x3x8x8"
macs    = "20 k"
skip    = "waits for the new layer"
"""
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
    # A region runs as it is, and has no memory and no file.
    memory = {name for name, metric in METRICS.items() if metric.is_of_memory}
    of_a_call = {"mode", "execute_limit", "targets", "artifact_bytes", *memory}
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


# What a test does wrong, and all that it is told; {} is the place of the call.
WRONG = {
    "two without a label": (
        'flop_budget(net(), X, macs="1 G"); flop_budget(net(), X, macs="1 G")',
        "a second case without a label: give each case of a test its own, as in label='student'",
    ),
    "a label twice": (
        'flop_budget(net(), X, macs="1 G", label="a"); flop_budget(net(), X, macs="1 G", label="a")',
        "the label 'a' is taken: give each case of a test its own, as in label='student'",
    ),
    "an empty label": (
        'flop_budget(net(), X, macs="1 G", label=" ")',
        "label: ' ' is no label: write a short text without '::', and with no '#' in front, as in label='student'",
    ),
    "a label like a number": (
        'flop_budget(net(), X, macs="1 G", label="#2")',
        "label: '#2' is no label: write a short text without '::', and with no '#' in front, as in label='student'",
    ),
    "a label that is none": (
        'flop_budget(net(), X, macs="1 G", label=3)',
        "label: 3 is no label: write a short text without '::', and with no '#' in front, as in label='student'",
    ),
    "no limit": (
        "flop_budget(net(), X)",
        (
            "{}: flop_budget: no limit: write one here or in the mark, as in macs='4.2 G'; to count without one, use "
            "the fixture count_flops"
        ),
    ),
    "a misspelt metric": ("flop_budget(net(), X, mac=3)", "{}: flop_budget: mac: unknown key; did you mean 'macs'?"),
    "a misspelt parameter": (
        "flop_budget(net(), X, macs=3, lable='a')",
        "{}: flop_budget: lable: unknown key; did you mean 'label'?",
    ),
    "a backend that is none": (
        "flop_budget(net(), X, macs=3, backend='shape')",
        "{}: flop_budget: backend: 'shape' is none of 'auto', 'shapes', 'execute', 'thop'; did you mean 'shapes'?",
    ),
    "a point of nothing": (
        "flop_budget(net(), X, macs=3, at={'R': 16})",
        "{}: flop_budget: at: a point is that of a declared model, as in declared='net'",
    ),
    "an input that is declared": (
        "flop_budget(net(), X, declared='net', at='R16')",
        "{}: flop_budget: declared: the input is the declared one: leave the call's own away, or declared='net'",
    ),
    "a keyword input that is declared": (
        "flop_budget(net(), input_kwargs={}, declared='net', at='R16')",
        "{}: flop_budget: declared: the input is the declared one: leave the call's own away, or declared='net'",
    ),
    "an unknown model": (
        "flop_budget(net(), declared='nett', at='R16')",
        "{}: flop_budget: declared: 'nett' is no declared model of pyproject.toml; did you mean 'net'?",
    ),
    "several points": (
        "flop_budget(net(), declared='net')",
        "{}: flop_budget: at: net has 2 points, R16, R32: say which, as in at={{'R': 16}}",
    ),
    "an unknown point": (
        "flop_budget(net(), declared='net', at={'R': 17})",
        "{}: flop_budget: at: net has no point {{'R': 17}}; there is R16, R32",
    ),
    "an unknown point's name": (
        "flop_budget(net(), declared='net', at='R61')",
        "{}: flop_budget: at: net has no point 'R61'; did you mean 'R16'?",
    ),
    "a point that is none": (
        "flop_budget(net(), declared='net', at=('R', 16))",
        "{}: flop_budget: at: ('R', 16) is no point of net: write its sizes, as in {{'R': 16}}, or its name",
    ),
    "a dimension that is none": (
        "flop_budget(net(), declared='net', at={'r': 16})",
        "{}: flop_budget: at: net has no dimension 'r'; did you mean 'R'?",
    ),
    "a size that is none": (
        "flop_budget(net(), declared='net', at={'R': torch.ones(2)})",
        "{}: flop_budget: at: tensor([1., 1.]) is no size of R: write a whole number",
    ),
    "a declared model that is no name": (
        "flop_budget(net(), declared=torch.ones(2))",
        "{}: flop_budget: declared: tensor([1., 1.]) is no name of a declared model: write it as text, as in 'net'",
    ),
    "a share of nothing": (
        "flop_budget(net(), X, macs='25% of teacher')",
        "macs '25% of teacher' at {}: no model 'teacher' is declared; there is net, later",
    ),
    "no model": (
        "flop_budget(net, X, macs=3)",
        "an object of function is no model: give a torch.nn.Module, or a bound method of one",
    ),
    "a bad shape": (
        "flop_budget(net(), [1, 3], macs=3)",
        "[1, 3] is no input: write a shape as a tuple, (1, 3), or as text",
    ),
    "a model that cannot run": (
        "flop_budget(net(), '1x4x16x16', macs=3)",
        (
            "cannot run at 1x4x16x16: 0 (Conv2d): Given groups=1, weight of size [8, 3, 3, 3], expected input[1, 4, "
            "16, 16] to have 3 channels, but got 4 channels instead"
        ),
    ),
    "nothing counted": ("flop_budget(still(), X, macs=3)", "0 MACs: nothing in the model was counted"),
    "count_flops with a backend that is none": (
        "count_flops(net(), X, backend='exec')",
        "'exec' is no backend; did you mean 'execute'?",
    ),
    "count_flops of what cannot run": (
        "count_flops(net(), '1x3')",
        (
            "cannot run at 1x3: 0 (Conv2d): Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of "
            "size: [1, 3]"
        ),
    ),
}


def test_what_is_wrong_is_told(
    declare: Declare, run: Run, section: Section, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "1")
    declare(TABLE)
    names = [f"test_{name.replace(' ', '_').replace(chr(39), '')}" for name in WRONG]
    bodies = (
        f"def {name}(flop_budget, count_flops):\n    {code}\n"
        for name, (code, _) in zip(names, WRONG.values(), strict=True)
    )
    written = "import torch\nfrom toy import net, still\n\nX = '1x3x16x16'\n\n" + "\n".join(bodies)
    (pytester.path / "test_it.py").write_text(written, encoding="utf-8")
    lines = written.splitlines()
    result = run("test_it.py")
    result.assert_outcomes(failed=len(WRONG))
    told = {}
    for name in names:
        shown = [line.removeprefix("E").strip() for line in section(result, name) if line.startswith("E  ")]
        told[name] = shown[0].partition(": ")[2]
    places = [f"test_it.py:{lines.index(f'def {name}(flop_budget, count_flops):') + 2}" for name in names]
    expected = {
        name: text.format(place) if "{}" in text else text
        for name, place, (_, text) in zip(names, places, WRONG.values(), strict=True)
    }
    assert told == expected
    headlines = {text.removeprefix(f"{place}: ") for place, text in zip(places, expected.values(), strict=True)}
    assert {line.partition(" - ")[2] for line in result.outlines if line.startswith("FAILED ")} == headlines
    assert "pytest_flopbudget/" not in result.stdout.str()


@pytest.mark.parametrize("call", ["flop_budget(net(), macs=3)", "count_flops(net())"])
def test_a_call_without_an_input_is_told_how_one_is_written(
    declare: Declare, run: Run, section: Section, pytester: pytest.Pytester, call: str
) -> None:
    declare("")
    name = call.partition("(")[0]
    pytester.makepyfile(test_it=f"from toy import net\ndef test_it({name}):\n    {call}\n")
    told = section(run("test_it.py"), "test_it")
    assert f"E       hint      no input is given: write one, as in {name}(model, '1x3x224x224')" in told


def test_a_number_is_a_point_of_a_model_with_one_dimension(
    declare: Declare, run: Run, pytester: pytest.Pytester
) -> None:
    declare(TABLE)
    pytester.makepyfile(
        test_it="""
        from toy import net
        def test_it(flop_budget):
            assert flop_budget(net(), declared="net", at=16).macs == 16 * 16 * (3 * 8 * 9 + 8 * 4)
        """
    )
    run("test_it.py").assert_outcomes(passed=1)
