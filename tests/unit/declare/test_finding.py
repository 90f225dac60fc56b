"""From names and points, as people ask for them, to declared cases."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.declare.cases import Case, Table
from pytest_flopbudget.declare.finding import find_case, find_cases
from pytest_flopbudget.declare.inputs import Inputs
from pytest_flopbudget.errors import FlopBudgetError, Place


def case(model: str, point_name: str, **point: int) -> Case:
    place = Place("pyproject.toml", 1)
    return Case(model=model, point_name=point_name, point=point, place=place, factory="shop:net", inputs=Inputs())


TABLE = Table(
    path="/shop/pyproject.toml",
    cases=(
        case("mobile", "R96", R=96),
        case("mobile", "R160", R=160),
        case("unet", "H480-W640", H=480, W=640),
        case("unet", "H480-W960", H=480, W=960),
        case("unet", "H960-W960", H=960, W=960),
        case("encoder", "short", T=128),
        case("encoder", "long", T=128),
        case("still", "default"),
    ),
)


@pytest.mark.parametrize(
    ("model", "at", "point_name"),
    [
        ("mobile", {"R": 96}, "R96"),
        ("mobile", "R160", "R160"),
        ("unet", {"W": 640}, "H480-W640"),
        ("unet", {"W": 960, "H": 480}, "H480-W960"),
        ("encoder", "long", "long"),
        ("still", None, "default"),
        ("still", {}, "default"),
        ("still", "default", "default"),
    ],
)
def test_one(model: str, at: Mapping[str, int] | str | None, point_name: str) -> None:
    found = find_case(TABLE, model, at)
    assert (found.model, found.point_name) == (model, point_name)


@pytest.mark.parametrize(
    ("model", "at", "message"),
    [
        ("mobil", None, "'mobil' is no declared model of pyproject.toml; did you mean 'mobile'?"),
        (
            "vgg",
            None,
            "'vgg' is no declared model of pyproject.toml; there is mobile, unet, encoder, still",
        ),
        ("mobile", None, "mobile has 2 points, R96, R160: say which, as in at={'R': 96}"),
        ("mobile", "R69", "mobile has no point 'R69'; did you mean 'R96'?"),
        ("mobile", "large", "mobile has no point 'large'; there is R96, R160"),
        ("mobile", {"R": 97}, "mobile has no point {'R': 97}; there is R96, R160"),
        ("mobile", {"Q": 96}, "mobile has no point {'Q': 96}; there is R96, R160"),
        ("mobile", 96, "96 is no point of mobile: write its sizes, as in {'R': 96}, or its name"),
        (
            "unet",
            {"H": 480},
            "{'H': 480} fits 2 points of unet, H480-W640, H480-W960: say which, as in at={'H': 480, 'W': 640}",
        ),
        ("encoder", {"T": 128}, "{'T': 128} fits 2 points of encoder, short, long: say which, as in at='short'"),
        ("still", {"R": 1}, "still has no point {'R': 1}; there is default"),
    ],
)
def test_none_or_several(model: str, at: Mapping[str, int] | str | None, message: str) -> None:
    with pytest.raises(FlopBudgetError) as error:
        find_case(TABLE, model, at)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("patterns", "ids"),
    [
        (["still"], ["still::default"]),
        (["encoder::long", "mobile::R96", "mobile::*6"], ["mobile::R96", "encoder::long"]),
        (["mobile", "mobile::R96"], ["mobile::R96", "mobile::R160"]),
        (["*::H480-*"], ["unet::H480-W640", "unet::H480-W960"]),
        ([], [each.id for each in TABLE.cases]),
    ],
)
def test_many(patterns: list[str], ids: list[str]) -> None:
    assert [each.id for each in find_cases(TABLE, patterns)] == ids


def test_a_name_that_fits_nothing() -> None:
    with pytest.raises(FlopBudgetError) as error:
        find_cases(TABLE, ["mobile", "unett", "encoder::lang", "x*"])
    assert str(error.value).splitlines() == [
        "no case of pyproject.toml matches 'unett'; did you mean 'unet'?",
        "no case of pyproject.toml matches 'encoder::lang'; did you mean 'encoder::long'?",
        "no case of pyproject.toml matches 'x*'",
    ]
