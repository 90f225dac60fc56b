from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import pytest

from pytest_flopbudget.declaring.python_values import Foreign, table_of
from pytest_flopbudget.declaring.spots import Notebook, Spot


class Size(int, enum.Enum):
    SMALL = 96


class Arch(str, enum.Enum):
    TINY = "tiny"


class Single:
    """As an array of one integer is."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __index__(self) -> int:
        if not isinstance(self.value, int):
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        return self.value


def read(keys: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    notebook = Notebook("budgets.py", {(): 7})
    return table_of(keys, Spot(notebook)), [str(mistake) for mistake in notebook.mistakes]


@pytest.mark.parametrize(
    ("value", "as_toml"),
    [
        ("1 M", "1 M"),
        (1_000_000, 1_000_000),
        (True, True),
        (0.5, 0.5),
        (date(2027, 3, 1), date(2027, 3, 1)),
        ((1, [2, (3,)]), [1, [2, [3]]]),
        (range(96, 161, 32), [96, 128, 160]),
        ({"R": (1, 2)}, {"R": [1, 2]}),
        (Size.SMALL, 96),
        (Arch.TINY, "tiny"),
        (Single(5), 5),
        ([{"kwargs": {"norm": None}}], [{"kwargs": {"norm": {"none": True}}}]),
    ],
)
def test_values_as_toml_has_them(value: object, as_toml: object) -> None:
    table, told = read({"key": value})
    assert (table, told) == ({"key": as_toml}, [])
    assert type(table["key"]) is type(as_toml)


def test_none_is_for_factories_alone() -> None:
    table, told = read({"args": [None], "kwargs": {"norm": None}, "each": {"norm": (None, "bn")}, "macs": None})
    none = {"none": True}
    assert table == {"args": [none], "kwargs": {"norm": none}, "each": {"norm": [none, "bn"]}, "macs": Foreign(None)}
    assert told == []


def test_what_no_table_can_have() -> None:
    _, told = read({"kwargs": {"norm": Fraction, "rate": Single("a"), "act": lambda x: x, 3: 4}})
    assert told == [
        "budgets.py:7: kwargs: 3 is no key: write text",
        (
            "budgets.py:7: kwargs.norm: the class fractions:Fraction cannot be declared: write "
            "{'object': 'fractions:Fraction'}"
        ),
        "budgets.py:7: kwargs.rate: an object of Single cannot be declared: let a function of yours make it",
        "budgets.py:7: kwargs.act: an object of function cannot be declared: let a function of yours make it",
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "None"),
        (Fraction, "the class fractions:Fraction"),
        (read, f"the function {__name__}:read"),
        (Single(1), "an object of Single"),
    ],
)
def test_a_foreign_value_is_told_without_its_address(value: object, told: str) -> None:
    assert str(Foreign(value)) == told
