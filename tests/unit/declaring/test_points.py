from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.declaring.cases import Table

HEAD = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\nmacs = "1 M"\n'


@pytest.mark.parametrize(
    ("lines", "points"),
    [
        ('input = "1x3"', [("default", {}, 1)]),
        ('input = "1xR"\nat = [\n1,\n2]', [("R1", {"R": 1}, 6), ("R2", {"R": 2}, 7)]),
        ('input = "1xR"\nat = [{ R = 1 }, 2]', [("R1", {"R": 1}, 5), ("R2", {"R": 2}, 5)]),
        ('input = "1xHxW"\nat = [{ W = 640, H = 480 }]', [("H480-W640", {"H": 480, "W": 640}, 5)]),
        (
            'input = "1xHxW"\nat = { W = [3,\n4], H = [1, 2] }',
            [
                ("H1-W3", {"H": 1, "W": 3}, 6),
                ("H1-W4", {"H": 1, "W": 4}, 6),
                ("H2-W3", {"H": 2, "W": 3}, 6),
                ("H2-W4", {"H": 2, "W": 4}, 6),
            ],
        ),
        (
            'input = "1xR"\nat = { R = [\n224,\n384 ] }',
            [("R224", {"R": 224}, 6), ("R384", {"R": 384}, 7)],
        ),
        (
            'input = "1xSEQ_LEN"\nat = [9223372036854775807]',
            [("SEQ_LEN9223372036854775807", {"SEQ_LEN": 2**63 - 1}, 5)],
        ),
        ('input = "1xR"\nat = [{ R = 1, name = "small" }]', [("small", {"R": 1}, 5)]),
        ('input = "1"\nat = [{ name = "a", args = [1] }, {}]', [("a", {}, 5), ("default", {}, 5)]),
        (
            'input = "1x3"\nkwargs = { size = "$S", name = "{B}" }\nat = [{ B = 1, S = 2 }]',
            [("S2-B1", {"S": 2, "B": 1}, 6)],
        ),
        ('input = "1xT"\nargs = ["$N"]\nat = [{ N = 1, T = 2 }]', [("T2-N1", {"T": 2, "N": 1}, 5 + 1)]),
        ('input = "1xR"\n[[tool.pytest-flopbudget.models.net.at]]\nR = 5', [("R5", {"R": 5}, 5)]),
        (
            'input = "1xR"\nat = [{ R = 1, name = "a", args = [1] }, { R = 1, name = "b", args = [2] }]',
            [("a", {"R": 1}, 5), ("b", {"R": 1}, 5)],
        ),
    ],
)
def test_points(read: Callable[[str], Table], lines: str, points: list[tuple[str, dict[str, int], int]]) -> None:
    cases = read(f"{HEAD}{lines}\n").cases
    assert [(case.point_name, case.point, case.place.line) for case in cases] == points
    assert [list(case.point) for case in cases] == [list(point) for _, point, _ in points]


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ('["x"]', ["at[0]: 'x' is no point: write a table, { R = 96 }, or a size"]),
        ("[[1]]", ["at[0]: a list is no point: write a table, { R = 96 }, or a size"]),
        ("[true]", ["at[0]: true is no size: write a whole number"]),
        ("[1.5]", ["at[0]: 1.5 is no size: write a whole number"]),
        ("[0]", ["at[0]: a size is at least 1, not 0"]),
        ("[-96]", ["at[0]: a size is at least 1, not -96"]),
        (
            "[9223372036854775808]",
            ["at[0]: 9223372036854775808 is too great for a size; the greatest is 2**63 - 1"],
        ),
        ('[{ R = "96" }]', ["at[0].R: '96' is no size: write a whole number"]),
        ("[{ R = false }]", ["at[0].R: false is no size: write a whole number"]),
        ("[{ R = -1 }, { R = 0 }]", ["at[0].R: a size is at least 1, not -1", "at[1].R: a size is at least 1, not 0"]),
        (
            '[{ R = 1, name = "a b" }]',
            ["at[0].name: 'a b' is no name: write letters, digits, '.', '_' and '-', a letter or digit first"],
        ),
        ("{ r = [1] }", ["at.r: 'r' is no dimension; did you mean 'R'?"]),
        ("{ R2 = [1] }", ["at.R2: 'R2' is no dimension; it is written in capitals"]),
        ("{ R = 96 }", ["at.R: 96 is no list of sizes: write R = [96, 128], or a list of points, at = [{ R = 96 }]"]),
        ("{ R = [] }", ["at.R: the list is empty: write R = [96, 128]"]),
        (
            "{ R = [1, 0, true] }",
            ["at.R[1]: a size is at least 1, not 0", "at.R[2]: true is no size: write a whole number"],
        ),
    ],
)
def test_bad_points(model_mistakes: Callable[[str], list[str]], at: str, told: list[str]) -> None:
    assert model_mistakes(f'input = "1x3xR"\nat = {at}\n') == [f"pyproject.toml:5: models.net.{line}" for line in told]
