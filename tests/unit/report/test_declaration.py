"""A declared case as TOML says it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.inputs import Inputs, parse_inputs
from pytest_flopbudget.errors import Place
from pytest_flopbudget.report.declaration import declaration, values_of

PLACE = Place("pyproject.toml", 4)
NET = Case(model="net", point_name="R96", place=PLACE, factory="shop:net", inputs=parse_inputs("1x3x96x96"))


@pytest.mark.parametrize(
    ("case", "values"),
    [
        (NET, {"factory": "shop:net", "input": "1x3x96x96"}),
        (
            replace(NET, inputs=Inputs(), input_factory="shop:inputs"),
            {"factory": "shop:net", "input_factory": "shop:inputs"},
        ),
        (
            replace(NET, execute_limit=3 * 2**30),
            {"factory": "shop:net", "input": "1x3x96x96", "execute_limit": "3_221_225_472 B"},
        ),
    ],
)
def test_what_is_as_it_is_by_default_is_left_out(case: Case, values: dict[str, object]) -> None:
    assert values_of(case) == values


def test_a_case_in_toml() -> None:
    assert list(declaration(replace(NET, swept=True, kwargs={"width": 2}))) == [
        "# net::R96, pyproject.toml:4, swept: locked and drawn only",
        'factory = "shop:net"',
        'input = "1x3x96x96"',
        "kwargs = { width = 2 }",
    ]
