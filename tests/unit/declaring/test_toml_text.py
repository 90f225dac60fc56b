"""Values of a declaration as TOML writes them."""

from __future__ import annotations

from datetime import date

import pytest

from pytest_flopbudget.declaring.inputs import parse_inputs
from pytest_flopbudget.declaring.objects import FactoryCall, ObjectReference
from pytest_flopbudget.declaring.toml_text import inputs_value, toml_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "{ none = true }"),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (0.5, "0.5"),
        (date(2027, 3, 1), "2027-03-01"),
        ('a "b"\x7f', '"a \\"b\\"\\u007f"'),
        ([1, [None]], "[1, [{ none = true }]]"),
        ({"a b": 1, "c": {}}, '{ "a b" = 1, c = {} }'),
        (ObjectReference("nets:ACT"), '{ object = "nets:ACT" }'),
        (FactoryCall("nets:act"), '{ factory = "nets:act" }'),
        (
            FactoryCall("nets:act", (1, "x"), {"slope": 0.1}),
            '{ factory = "nets:act", args = [1, "x"], kwargs = { slope = 0.1 } }',
        ),
    ],
)
def test_values(value: object, text: str) -> None:
    assert toml_text(value) == text


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1x3xRxR", "1x3xRxR"),
        (["1x3"], "1x3"),
        (["1x3", "int64:4 = 2"], ["1x3", "int64:4 = 2"]),
        ([["1x3", "1x4"]], [["1x3", "1x4"]]),
        ([{"image": "1x3"}], [{"image": "1x3"}]),
        ({"ids": "int64:1x8"}, {"ids": "int64:1x8"}),
        ([], []),
    ],
)
def test_inputs_are_written_so_that_they_are_read_as_the_same(written: object, value: object) -> None:
    inputs = parse_inputs(written)
    assert inputs_value(inputs) == value
    assert parse_inputs(inputs_value(inputs)) == inputs
