"""Inputs as messages tell them."""

from __future__ import annotations

import pytest

from pytest_flopbudget.declaring.inputs import parse_inputs
from pytest_flopbudget.declaring.showing import as_text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ([], "no input"),
        ("1x3xRxR", "1x3xRxR"),
        ("int64:1x8 = 1", "int64:1x8 = 1"),
        ("bool:4 = true", "bool:4 = true"),
        (["1x3", ["1x4", "1x5"]], "1x3, [1x4, 1x5]"),
        ([{"image": "1x3", "boxes": ["4", "4"]}], "{image 1x3, boxes [4, 4]}"),
        ({"ids": "int64:1xT", "past": ["1x2"]}, "ids int64:1xT, past [1x2]"),
    ],
)
def test_inputs_are_told_as_they_are_declared(written: object, text: str) -> None:
    assert as_text(parse_inputs(written)) == text
