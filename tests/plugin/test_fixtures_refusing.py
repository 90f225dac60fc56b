"""What is told of a call of ``flop_budget`` or ``count_flops`` that asks for something wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
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


def test_a_declared_model_needs_a_table(
    declare: Declare, run: Run, section: Section, pytester: pytest.Pytester
) -> None:
    declare("")
    pytester.makepyfile(
        test_it="from toy import net\ndef test_it(flop_budget):\n    flop_budget(net(), declared='net')\n"
    )
    told = [line for line in section(run("test_it.py"), "test_it") if line.startswith("E  ")]
    assert [line.partition("AskedError: ")[2] for line in told] == [
        "test_it.py:3: flop_budget: declared: no pyproject.toml above the test has a table [tool.pytest-flopbudget]"
    ]


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
