"""What a declared model lacks, and what its points bring."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.declaring.cases import Table

NO_INPUT = "1: models.net: no input: write its shape, as in input = '1x3x224x224', or input_factory = 'module:callable'"
HEAD = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\n'


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            'input = "1xR"\nat = [224, 384]\nmacs = { R225 = "1 M" }',
            ["5: models.net.macs.R225: no point has this name; did you mean 'R224'?"],
        ),
        (
            'input = "1xR"\nat = [1, 2]\nmacs = { x = "1 M" }',
            ["5: models.net.macs.x: no point has this name; there is R1, R2"],
        ),
        (
            'input = "1"\nmacs = { R96 = "1 M" }',
            ["4: models.net.macs.R96: no point has this name; there is default"],
        ),
        ('input = "1"', ["1: models.net: no limit: write one, as in macs = '4.2 G'"]),
        (
            "macs = 1",
            [NO_INPUT],
        ),
        (
            "",
            [
                NO_INPUT,
                "1: models.net: no limit: write one, as in macs = '4.2 G'",
            ],
        ),
        (
            'at = [{ name = "a", input = "1" }, { name = "b" }]\nmacs = 1',
            [NO_INPUT],
        ),
        (
            'input = "1"\nmacs = 1\nbackend = "execute"\nbuild = "meta"',
            [
                (
                    "1: models.net: build = 'meta' builds the model without data, and backend = 'execute' needs it: "
                    "leave one out"
                )
            ],
        ),
        (
            'input = "1"\nmacs = 1\nbackend = "execute"\ndata_dependent = "worst"',
            [
                (
                    "1: models.net: data_dependent = 'worst' counts on shapes, and backend = 'execute' does not: "
                    "leave one out"
                )
            ],
        ),
        (
            'input = "1"\nmacs = 1\nassume = { "aten::nonzero" = 3 }',
            ["1: models.net: assume is for the worst case: write data_dependent = 'worst' beside it"],
        ),
        (
            'input = "1"\nmacs = 1\nmode = "training"\nbackend = "thop"',
            [("1: models.net: mode = 'training' counts a step, and backend = 'thop' the forward alone: leave one out")],
        ),
        (
            'input = "1"\nmacs = 1\nmode = "training"\ndata_dependent = "worst"',
            [
                (
                    "1: models.net: mode = 'training' counts a step of training, and data_dependent = 'worst' an "
                    "inference: leave one out"
                )
            ],
        ),
        (
            'input = "1"\nmacs = 1\nloss = "shop:loss"',
            ["5: models.net.loss: a loss counts in training only: write mode = 'training', or leave it out"],
        ),
        (
            'input = "1"\nmacs = 1\nuntil = 2027-03-01',
            ["5: models.net.until: nothing warns until then: write level = 'warn' beside it"],
        ),
        (
            'input = "1xR"\nmacs = 1\nat = [{ R = 3, until = 2027-03-01 }]',
            ["5: models.net.at[0].until: nothing warns until then: write level = 'warn' beside it"],
        ),
    ],
)
def test_what_a_model_lacks(mistakes: Callable[[str], list[str]], lines: str, told: list[str]) -> None:
    assert mistakes(f"{HEAD}{lines}\n") == [f"pyproject.toml:{line}" for line in told]


def test_a_model_without_a_factory(mistakes: Callable[[str], list[str]]) -> None:
    assert mistakes('[tool.pytest-flopbudget.models.net]\ninput = "1xR"\nat = [1, 1]\nmacs = 1\n') == [
        "pyproject.toml:1: models.net: no factory: write factory = 'module:callable'",
        "pyproject.toml:3: models.net.at[1]: two points have the name 'R1'; the other is on line 3",
    ]


def test_points_may_bring_what_the_model_lacks(read: Callable[[str], Table]) -> None:
    table = read("""\
[tool.pytest-flopbudget.models.net]
at = [
  { name = "a", factory = "shop:a", input = "1xR", R = 3, macs = 1 },
  { name = "b", factory = "shop:b", input = "2", params = 1 },
]
""")
    assert [(case.id, case.factory, case.point, case.place.line) for case in table.cases] == [
        ("net::a", "shop:a", {"R": 3}, 3),
        ("net::b", "shop:b", {}, 4),
    ]


@pytest.mark.parametrize(
    "points", ["at = [16, 160]\nmacs = { R16 = '1 M' }", "at = [\n{ R = 16, macs = 1 }, { R = 160 }]"]
)
def test_every_point_has_a_limit(mistakes: Callable[[str], list[str]], points: str) -> None:
    (told,) = mistakes(f'{HEAD}input = "1xR"\n{points}\n')
    assert told.partition(": ")[2] == "models.net.at[1]: the point R160 has no limit: write one, as in macs = '4.2 G'"


def test_a_wrong_input_of_a_point_hides_no_other_mistake(mistakes: Callable[[str], list[str]]) -> None:
    lines = 'input = "1xR"\nat = [{ R = 1, input = "1xr" }, { S = 2 }]\nmacs = 1\n'
    assert mistakes(f"{HEAD}{lines}") == [
        (
            "pyproject.toml:4: models.net.at[0].input: "
            "'1xr' is no input: 'r' is no size; a named dimension is written in capitals: 'R'"
        ),
        "pyproject.toml:4: models.net.at[1]: no size for the dimension 'R' of the input",
        "pyproject.toml:4: models.net.at[1].S: the input has no dimension 'S'; there is R",
    ]
