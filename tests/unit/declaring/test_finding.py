"""From names and points, as people ask for them, to declared cases."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.declaring.finding import At, find_case, find_cases
from pytest_flopbudget.declaring.inputs import Inputs
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
        ("mobile", 96, "R96"),
        ("mobile", np.int64(160), "R160"),
        ("mobile", {"R": torch.tensor(160)}, "R160"),
        ("still", None, "default"),
        ("still", {}, "default"),
        ("still", "default", "default"),
    ],
)
def test_one(model: str, at: At, point_name: str) -> None:
    found = find_case(TABLE, model, at)
    assert (found.model, found.point_name) == (model, point_name)


@pytest.mark.parametrize(
    ("model", "at", "message"),
    [
        ("mobil", None, "'mobil' is no declared model of /shop/pyproject.toml; did you mean 'mobile'?"),
        (
            "vgg",
            None,
            "'vgg' is no declared model of /shop/pyproject.toml; there is mobile, unet, encoder, still",
        ),
        ("mobile", None, "mobile has 2 points, R96, R160: say which, as in at={'R': 96}"),
        ("mobile", "R69", "mobile has no point 'R69'; did you mean 'R96'?"),
        ("mobile", "large", "mobile has no point 'large'; there is R96, R160"),
        ("mobile", {"R": 97}, "mobile has no point {'R': 97}; there is R96, R160"),
        ("mobile", {"Q": 96}, "mobile has no dimension 'Q'; there is R"),
        ("mobile", {"r": 96}, "mobile has no dimension 'r'; did you mean 'R'?"),
        ("mobile", {3: 96}, "mobile has no dimension 3; there is R"),
        ("mobile", 97, "mobile has no point {'R': 97}; there is R96, R160"),
        ("mobile", ("R", 96), "('R', 96) is no point of mobile: write its sizes, as in {'R': 96}, or its name"),
        ("mobile", True, "True is no point of mobile: write its sizes, as in {'R': 96}, or its name"),
        ("mobile", {"R": 96.0}, "96.0 is no size of R: write a whole number"),
        ("mobile", {"R": np.array([96, 2])}, "array([96, 2]) is no size of R: write a whole number"),
        ("mobile", {"R": torch.ones(2)}, "tensor([1., 1.]) is no size of R: write a whole number"),
        (
            "mobile",
            np.array([[1, 2], [3, 4]]),
            "array([[1, 2], [3, 4]]) is no point of mobile: write its sizes, as in {'R': 96}, or its name",
        ),
        ("unet", 480, "a bare size needs a model with one named dimension, and unet has H, W"),
        ("still", 1, "a bare size needs a model with one named dimension, and still has none"),
        (np.array([1, 2]), None, "array([1, 2]) is no name of a declared model: write it as text, as in 'net'"),
        (
            "unet",
            {"H": 480},
            "{'H': 480} fits 2 points of unet, H480-W640, H480-W960: say which, as in at={'H': 480, 'W': 640}",
        ),
        ("encoder", {"T": 128}, "{'T': 128} fits 2 points of encoder, short, long: say which, as in at='short'"),
        ("still", {"R": 1}, "still has no dimension 'R'; there is none"),
    ],
)
def test_none_or_several(model: str, at: At, message: str) -> None:
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
        find_cases(TABLE, ["mobile", "unett", "encoder::lang", "x*", "mobile::everything"])
    assert str(error.value).splitlines() == [
        "no case of /shop/pyproject.toml matches 'unett'; did you mean 'unet'?",
        "no case of /shop/pyproject.toml matches 'encoder::lang'; did you mean 'encoder::long'?",
        "no case of /shop/pyproject.toml matches 'x*'; there is mobile, unet, encoder, still",
        "no case of /shop/pyproject.toml matches 'mobile::everything'; there is mobile::R96, mobile::R160",
    ]


def test_a_file_on_another_drive_is_told_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    def on_another(path: str) -> str:
        raise ValueError(path)

    monkeypatch.setattr("pytest_flopbudget.declaring.finding.os.path.relpath", on_another)
    with pytest.raises(FlopBudgetError) as error:
        find_cases(Table(path="E:/a/pyproject.toml"), [])
    assert str(error.value) == "E:/a/pyproject.toml declares no model"


def test_a_table_without_models() -> None:
    empty = Table(path="/shop/pyproject.toml", free=("shop::shuffle",))
    with pytest.raises(FlopBudgetError) as error:
        find_cases(empty, [])
    assert str(error.value) == "/shop/pyproject.toml declares no model"
    with pytest.raises(FlopBudgetError) as error:
        find_case(empty, "net", None)
    assert str(error.value) == "'net' is no declared model of /shop/pyproject.toml; there is none"


def test_of_many_names_the_first_are_told() -> None:
    many = Table(path="/shop/pyproject.toml", cases=tuple(case(f"net{number}", "default") for number in range(40)))
    with pytest.raises(FlopBudgetError) as error:
        find_cases(many, ["zzz"])
    names = ", ".join(f"net{number}" for number in range(12))
    assert str(error.value) == f"no case of /shop/pyproject.toml matches 'zzz'; there is {names}, …"


def test_a_file_is_called_as_the_user_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FlopBudgetError) as error:
        find_case(Table(path=str(tmp_path / "services" / "a" / "pyproject.toml")), "net", None)
    assert str(error.value) == "'net' is no declared model of services/a/pyproject.toml; there is none"
