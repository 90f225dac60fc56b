"""Ways out for a factory whose arguments seem wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.hints import digits_hints, size_hint
from pytest_flopbudget.declaring.inputs import Inputs
from pytest_flopbudget.errors import Place

NET = Case(
    model="net",
    point_name="R96",
    point={"R": 96},
    place=Place("pyproject.toml", 1),
    factory="shop:net",
    inputs=Inputs(),
)


def sized(width: int = 8, image_size: int = 224, resolution: int = 224) -> None:
    """A factory that takes its size by two names."""


@pytest.mark.parametrize(
    ("factory", "case", "hints"),
    [
        (sized, NET, ['hint      the factory takes a size: kwargs = { image_size = "$R" }']),
        (
            sized,
            replace(NET, kwargs={"image_size": 96}),
            ['hint      the factory takes a size: kwargs = { resolution = "$R" }'],
        ),
        (sized, replace(NET, kwargs={"image_size": 96, "resolution": 96}), []),
        (sized, replace(NET, point={}), []),
        (len, NET, []),
        ("no factory", NET, []),
        # Neither has a signature that could be read.
        (dict, NET, []),
        (type("Odd", (), {"__call__": sized, "__signature__": 3})(), NET, []),
    ],
)
def test_a_factory_that_takes_a_size(factory: object, case: Case, hints: list[str]) -> None:
    assert size_hint(factory, case) == hints


def test_digits_that_are_a_text() -> None:
    assert digits_hints(replace(NET, kwargs={"depth": "18", "width": 8, "name": "r18"})) == [
        'hint      depth is the text \'18\'; the number itself is 18, "$key" of a template, "$R" of a point'
    ]
