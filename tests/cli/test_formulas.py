from __future__ import annotations

import json
from pathlib import Path

from command_line import Command
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.onnx_formulas import ONNX_FORMULAS

ALL = ONNX_FORMULAS + FORMULAS


def test_one_formula(flopbudget: Command) -> None:
    ran = flopbudget("formulas", "aten::conv2d")
    lines = ran.out.splitlines()

    assert ran.code == 0
    assert lines[:4] == [
        "aten::conv2d",
        "  [n, c_out, *out] = conv([n, c_in, *in], [c_out, c_in / groups, *kernel]), with",
        "  or without n",
        "  MACs: output elements × c_in / groups × kernel elements.",
    ]
    assert lines[4].startswith("  pytest_flopbudget/counting/formulas/convolution.py:")


def test_those_of_one_function_are_told_together(flopbudget: Command) -> None:
    ran = flopbudget("formulas", "aten::conv[123]d")

    assert ran.out.splitlines()[0] == "aten::conv1d, aten::conv2d, aten::conv3d"


def test_a_free_operator(flopbudget: Command) -> None:
    ran = flopbudget("formulas", "flatten")

    assert ran.out.splitlines()[:2] == [
        "aten::flatten",
        f"  free: {FORMULAS.free['aten::flatten'].reason}",
    ]


def test_all_of_them(flopbudget: Command) -> None:
    told = flopbudget("formulas").out
    record = json.loads(flopbudget("formulas", "--json").out)

    assert f"Formulas ({len(ALL.formulas):,})\n" in told
    assert {each["name"] for each in record["formulas"]} == {*ALL.formulas, *ALL.free}
    assert all(each["says"] and each["place"] for each in record["formulas"])


def test_a_projects_own(flopbudget: Command, project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.pytest-flopbudget]\nformulas = ['own']\n")
    (project / "own.py").write_text(
        "from pytest_flopbudget import Cost, formula\n\n\n"
        "@formula('shop::mix')\n"
        "def mix(x, *, out, **_):\n"
        "    '''One MAC an element.'''\n"
        "    return Cost(out.numel)\n"
    )

    ran = flopbudget("formulas", "mix", "--json")

    assert json.loads(ran.out)["formulas"] == [
        {"name": "shop::mix", "kind": "formula", "says": "One MAC an element.", "place": "own.py:4"}
    ]


def test_an_operator_without_one(flopbudget: Command) -> None:
    near, far = flopbudget("formulas", "conv2dd"), flopbudget("formulas", "zzz::qqq")

    assert (near.code, far.code) == (2, 2)
    assert near.err == (
        "flopbudget: 'conv2dd' has neither a formula nor a place among the free; did you mean 'conv2d'?\n"
    )
    assert far.err == (
        "flopbudget: 'zzz::qqq' has neither a formula nor a place among the free: a call of it is uncounted\n"
    )


def test_one_for_graphs(flopbudget: Command) -> None:
    ran = flopbudget("formulas", "onnx::Conv")

    assert ran.code == 0
    assert ran.out.splitlines()[:3] == [
        "onnx::Conv",
        "  [n, c_out, *out] = Conv([n, c_in, *in], [c_out, c_in / group, *kernel])",
        "  MACs: output elements × c_in / group × kernel elements.",
    ]
