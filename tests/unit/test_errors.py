from __future__ import annotations

import pytest

from pytest_flopbudget.errors import InputError, Mistake, Place, TableError, did_you_mean, nearest, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a 'b'", "\"a 'b'\""),
        ("two\nlines", "'two\\nlines'"),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (12.5, "12.5"),
        (float("nan"), "nan"),
        ([1, 2], "a list"),
        ({"a": 1}, "a table"),
        (10**200, "a number of hundreds of digits"),
        ("x" * 200, f"'{'x' * 78}…"),
    ],
)
def test_values_are_shown_in_one_short_line(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("word", "found", "hint"),
    [
        ("maccs", "macs", "; did you mean 'macs'?"),
        ("MACS", "macs", "; did you mean 'macs'?"),
        ("Factory", "factory", "; did you mean 'factory'?"),
        ("lock", None, ""),
    ],
)
def test_the_nearest_spelling(word: str, found: str | None, hint: str) -> None:
    choices = ("factory", "macs", "params")
    assert nearest(word, choices) == found
    assert did_you_mean(word, choices) == hint


def test_mistakes_stand_in_the_order_of_the_file() -> None:
    late = Mistake(Place("pyproject.toml", 9), "models.net.macs", "bad")
    first = Mistake(Place("pyproject.toml", 2), "", "worse")
    error = TableError([late, first])
    assert error.mistakes == (first, late)
    assert str(error) == "pyproject.toml:2: worse\npyproject.toml:9: models.net.macs: bad"


def test_an_input_error_tells_all() -> None:
    error = InputError(((0,), "one"), (("a",), "two"))
    assert str(error) == "one; two"
    assert error.mistakes == (((0,), "one"), (("a",), "two"))
