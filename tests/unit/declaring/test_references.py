"""Limits that are shares of other declared models."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.declaring.cases import AskedCase, Table
from pytest_flopbudget.declaring.references import UnknownReferenceError, referred
from pytest_flopbudget.errors import Place


def model(name: str, at: str, lines: str) -> str:
    return f'[tool.pytest-flopbudget.models.{name}]\nfactory = "shop:net"\ninput = "1xR"\nat = {at}\n{lines}\n'


TEACHER = model("teacher", "[96, 160]", "macs = 1")


@pytest.mark.parametrize(
    ("teacher_at", "student_at", "reference", "found"),
    [
        ("[96, 160]", "[160, 96]", "teacher", ["teacher::R160", "teacher::R96"]),
        ("[224]", "[160, 96]", "teacher", ["teacher::R224", "teacher::R224"]),
        ("[96, 160]", "[128]", "teacher::R160", ["teacher::R160"]),
        (
            '[{ R = 224, name = "large" }, { R = 96, name = "small" }]',
            '[{ R = 32, name = "small" }]',
            "teacher",
            ["teacher::small"],
        ),
        (
            '[{ R = 96, name = "large" }, { R = 32, name = "small" }]',
            '[{ R = 96, name = "small" }]',
            "teacher",
            ["teacher::large"],
        ),
        (
            '[{ R = 96, name = "a" }, { R = 96, name = "b", kwargs = { wide = true } }]',
            '[{ R = 96, name = "b" }]',
            "teacher",
            ["teacher::b"],
        ),
    ],
)
def test_which_case_is_meant(
    read: Callable[[str], Table], teacher_at: str, student_at: str, reference: str, found: list[str]
) -> None:
    table = read(
        model("teacher", teacher_at, "macs = 1") + model("student", student_at, f'macs = "25% of {reference}"')
    )
    students = [case for case in table.cases if case.model == "student"]
    assert [case.limits[0].of for case in students] == [reference] * len(students)
    assert [referred(reference, case, table.cases).id for case in students] == found


def test_a_call_without_a_point(read: Callable[[str], Table]) -> None:
    cases = read(TEACHER + model("single", "[96]", "macs = 1")).cases
    case = AskedCase(id="test_net", kind="test", place=Place("test_net.py", 3))
    assert referred("single", case, cases).id == "single::R96"
    assert referred("teacher::R160", case, cases).id == "teacher::R160"
    with pytest.raises(UnknownReferenceError) as caught:
        referred("teacher", case, cases)
    assert str(caught.value) == (
        "'teacher' has the points 'R96', 'R160', and this is a point of its own: write which, as in 'teacher::R96'"
    )


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("techer", "no model 'techer' is declared; did you mean 'teacher'?"),
        ("xyz", "no model 'xyz' is declared; there is teacher, net"),
        ("the teacher", "no model 'the teacher' is declared; did you mean 'teacher'?"),
        ("teacher::R69", "no model 'teacher::R69' is declared; did you mean 'teacher::R96'?"),
        (
            "teacher",
            ("'teacher' has the points 'R96', 'R160', and this is the point 'R128': write which, as in 'teacher::R96'"),
        ),
    ],
)
def test_unknown_models_and_points(mistakes: Callable[[str], list[str]], reference: str, text: str) -> None:
    source = f"25% of {reference}"
    assert mistakes(TEACHER + model("net", "[128]", f'macs = "{source}"')) == [
        f"pyproject.toml:10: models.net.macs: {source!r}: {text}"
    ]


def test_a_point_that_only_some_have_is_told_once_for_each_line(mistakes: Callable[[str], list[str]]) -> None:
    points = '[96, 1, 2, { R = 3, macs = "30% of teacher" }]'
    assert mistakes(TEACHER + model("net", points, 'macs = "25% of teacher"')) == [
        (
            f"pyproject.toml:{line}: models.net.{key}: '{share}% of teacher': 'teacher' has the points 'R96', 'R160', "
            f"and this is the point {point!r}: write which, as in 'teacher::R96'"
        )
        for line, key, share, point in ((9, "at[3].macs", 30, "R3"), (10, "macs", 25, "R1"))
    ]


def test_a_model_that_is_a_share_of_itself(mistakes: Callable[[str], list[str]]) -> None:
    lines = 'macs = "50% of net"\nmodules = { "stem" = { params = "20% of net" } }'
    assert mistakes(model("net", "[96, 160]", lines)) == [
        "pyproject.toml:5: models.net.macs: '50% of net' is a share of the model itself",
        (
            "pyproject.toml:6: models.net.modules.stem.params: '20% of net' is a share of the model itself; "
            "in a module, a share of the model itself is written '20%'"
        ),
    ]


def test_a_circle(mistakes: Callable[[str], list[str]]) -> None:
    text = (
        model("a", "[96, 160]", 'macs = "50% of b"')
        + model("b", "[96, 160]", 'macs = "50% of c"')
        + model("c", "[96, 160]", 'macs = "50% of a"')
        + model("d", "[96, 160]", 'macs = "50% of c"')
    )
    assert mistakes(text) == [
        "pyproject.toml:5: models.a.macs: '50% of b' goes in a circle: a, b, c, a",
        "pyproject.toml:10: models.b.macs: '50% of c' goes in a circle: b, c, a, b",
        "pyproject.toml:15: models.c.macs: '50% of a' goes in a circle: c, a, b, c",
    ]


def test_a_circle_of_the_points_of_one_model(mistakes: Callable[[str], list[str]]) -> None:
    at = '[{ R = 96, macs = "50% of net::R160" }, { R = 160, macs = "200% of net::R96" }]'
    assert mistakes(model("net", at, "")) == [
        "pyproject.toml:4: models.net.at[0].macs: '50% of net::R160' goes in a circle: net::R96, net::R160, net::R96",
        "pyproject.toml:4: models.net.at[1].macs: '200% of net::R96' goes in a circle: net::R160, net::R96, net::R160",
    ]


def test_what_is_no_circle(read: Callable[[str], Table]) -> None:
    table = read(
        model("a", "[96]", 'macs = "50% of b"\nparams = 7')
        + model("b", "[96]", 'params = "50% of a"')
        + model("c", '[{ R = 96, macs = 3 }, { R = 160, macs = "300% of c::R96" }]', "")
    )
    assert len(table.cases) == 4


def test_mistakes_elsewhere_make_no_further_ones(mistakes: Callable[[str], list[str]]) -> None:
    text = (
        model("teacher", '["x"]', "macs = 1")
        + model("student", "[96]", 'macs = "25% of teacher"\nflops = "25% of techer"')
        + model("-", "[96]", "macs = 1").replace("models.-", 'models."-"')
    )
    assert mistakes(text) == [
        "pyproject.toml:4: models.teacher.at[0]: 'x' is no point: write a table, { R = 96 }, or a size",
        (
            "pyproject.toml:12: models.-: '-' is no name: "
            "write letters, digits, '.', '_' and '-', a letter or digit first"
        ),
    ]
