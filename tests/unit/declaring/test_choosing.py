from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.choosing import files_named, hint_if_unmatched, is_chosen, on_day
from pytest_flopbudget.declaring.inputs import Inputs
from pytest_flopbudget.errors import Place

FILES = ("services/a/pyproject.toml",)


def case(model: str = "net", point: str = "R96", **keys: object) -> Case:
    made: Callable[..., Case] = Case
    return made(model=model, point_name=point, place=Place("pyproject.toml", 1), factory="a:b", inputs=Inputs(), **keys)


@pytest.mark.parametrize(
    ("only", "skip", "chosen"),
    [
        ((), (), True),
        (("net",), (), True),
        (("net::R96",), (), True),
        (("n*",), (), True),
        (("services/*::net",), (), True),
        (("other", "net::R*"), (), True),
        (("other",), (), False),
        ((), ("net",), False),
        (("net",), ("net::R96",), False),
        (("net",), ("net::R160",), True),
    ],
)
def test_names_and_globs(only: tuple[str, ...], skip: tuple[str, ...], chosen: bool) -> None:
    assert is_chosen(case(), FILES, only, skip) is chosen


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("net::R96", None),
        ("net::R69", "; did you mean 'net::R96'?"),
        ("nte", "; did you mean 'net'?"),
        ("services/a/pyproject.toml::nt", "; did you mean 'services/a/pyproject.toml::net'?"),
    ],
)
def test_what_fits_no_case(pattern: str, hint: str | None) -> None:
    assert hint_if_unmatched(pattern, [(case(), FILES)]) == hint


def test_the_level_of_a_day() -> None:
    tolerated = case(level="warn", until=date(2027, 3, 1))

    assert on_day(tolerated, date(2027, 2, 28)).level == "warn"
    assert on_day(tolerated, date(2027, 3, 1)).level == "error"
    assert on_day(tolerated, date(2027, 3, 1), "off").level == "off"


def test_files_that_patterns_begin_with(tmp_path: Path) -> None:
    (tmp_path / "a.toml").touch()

    assert list(files_named(["a.toml::net", "b.toml::net", "net::R96"], tmp_path)) == [tmp_path / "a.toml"]
