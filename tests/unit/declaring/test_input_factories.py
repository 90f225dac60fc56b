"""Inputs that a factory makes: which of input and input_factory counts, and which dimensions a case then has."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.inputs import Inputs, parse_inputs

HEAD = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\nmacs = 1\n'
BOTH = "input and input_factory stand in one table: write one"

NO_INPUT = "1: models.net: no input: write its shape, as in input = '1x3x224x224', or input_factory = 'module:callable'"


def test_dimensions_are_those_that_the_point_names(read: Callable[[str], Table]) -> None:
    table = read(
        f'{HEAD}input_factory = "shop.inputs:batch"\nkwargs = {{ size = "$W", name = "{{H}}" }}\n'
        "at = [{ W = 640, H = 480 }, { H = 96, W = 96, SEQ = 7 }]\n"
    )
    assert [(case.id, case.input_factory, case.inputs, case.kwargs) for case in table.cases] == [
        ("net::W640-H480", "shop.inputs:batch", Inputs(), {"size": 640, "name": "480"}),
        ("net::H96-W96-SEQ7", "shop.inputs:batch", Inputs(), {"size": 96, "name": "96"}),
    ]
    assert [list(case.point.items()) for case in table.cases] == [
        [("W", 640), ("H", 480)],
        [("H", 96), ("W", 96), ("SEQ", 7)],
    ]


@pytest.mark.parametrize(
    ("at", "names"),
    [
        ("", ["default"]),
        ("at = { W = [1, 2], H = [3] }", ["W1-H3", "W2-H3"]),
        ('at = [{ name = "small" }, { R = 1 }]', ["small", "R1"]),
    ],
)
def test_points(read: Callable[[str], Table], at: str, names: list[str]) -> None:
    assert [case.point_name for case in read(f'{HEAD}input_factory = "shop:batch"\n{at}\n').cases] == names


def test_the_nearer_of_the_two_wins(read: Callable[[str], Table]) -> None:
    table = read("""\
[tool.pytest-flopbudget.defaults]
factory = "shop:net"
input_factory = "shop:by_default"
macs = 1
[tool.pytest-flopbudget.models.made]
[tool.pytest-flopbudget.models.shaped]
input = "1xR"
at = [1, { R = 2, input_factory = "shop:of_the_point" }]
[tool.pytest-flopbudget.models.remade]
input_factory = "shop:of_the_model"
at = [{ R = 3 }, { R = 4, input = "2xR" }]
""")
    assert [(case.id, case.input_factory, case.inputs) for case in table.cases] == [
        ("made::default", "shop:by_default", Inputs()),
        ("shaped::R1", None, parse_inputs("1x1")),
        ("shaped::R2", "shop:of_the_point", Inputs()),
        ("remade::R3", "shop:of_the_model", Inputs()),
        ("remade::R4", None, parse_inputs("2x4")),
    ]


def test_points_may_bring_either(read: Callable[[str], Table]) -> None:
    at = 'at = [{ name = "a", input = "1x3" }, { name = "b", input_factory = "shop:batch" }]'
    assert [case.input_factory for case in read(f"{HEAD}{at}\n").cases] == [None, "shop:batch"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            'input_factory = "shop:batch"\nat = [\n96]',
            ["6: models.net.at[0]: a bare size needs a named dimension, and input_factory has none: write { R = 96 }"],
        ),
        ('input = "1x3"\ninput_factory = "shop:batch"', [f"5: models.net.input_factory: {BOTH}"]),
        (
            'input = "1xR"\nat = [1, { R = 2, input = "2xR", input_factory = "shop:batch" }]',
            [f"5: models.net.at[1].input_factory: {BOTH}"],
        ),
        (
            'input_factory = "shop:batch"\nkwargs = { size = "$SIZE" }\nat = [{ SIZES = 1 }]',
            ["5: models.net.kwargs.size: no size for the dimension 'SIZE'; did you mean 'SIZES'?"],
        ),
        (
            'input_factory = "shop.batch"\nat = [1]',
            ["4: models.net.input_factory: 'shop.batch' is no input factory; did you mean 'shop:batch'?"],
        ),
        ('input_facotry = "shop:batch"', ["4: models.net.input_facotry: unknown key; did you mean 'input_factory'?"]),
        (
            "at = [{ R = 1 }]",
            [NO_INPUT],
        ),
        (
            'at = [{ name = "a", input_factory = "shop:batch" }, { name = "b" }]',
            [NO_INPUT],
        ),
        (
            'input_factory = "shop:batch"\nat = [{ R = 1, name = "a" }, { R = 1, name = "b" }]',
            ["5: models.net.at[1]: the points 'a' and 'b' measure the same; the other is on line 5"],
        ),
    ],
)
def test_mistakes(mistakes: Callable[[str], list[str]], lines: str, told: list[str]) -> None:
    assert mistakes(f"{HEAD}{lines}\n") == [f"pyproject.toml:{line}" for line in told]
