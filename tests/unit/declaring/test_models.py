from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.declaring.cases import Table

KEYS = 'factory = "shop:net"\ninput = "1x3"\nmacs = "1 M"\n'
QUOTE = "a name with a dot must be quoted: [tool.pytest-flopbudget.models."


@pytest.mark.parametrize("name", ["net", "Net-2", "3d_unet", '"resnet50.a1_in1k"', '"v1.5"'])
def test_good_names(read: Callable[[str], Table], name: str) -> None:
    (case,) = read(f"[tool.pytest-flopbudget.models.{name}]\n{KEYS}").cases
    assert case.model == name.strip('"')
    assert case.id == f"{case.model}::default"


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ('"my net"', "'my net'"),
        ('""', "''"),
        ('".net"', "'.net'"),
        ("-net", "'-net'"),
        ("_net", "'_net'"),
        ('"net[1]"', "'net[1]'"),
        ('"a::b"', "'a::b'"),
        ('"a@b"', "'a@b'"),
        ('"é"', "'é'"),
        ('"net\\n"', "'net\\n'"),
    ],
)
def test_bad_names(mistakes: Callable[[str], list[str]], key: str, shown: str) -> None:
    assert mistakes(f"[tool.pytest-flopbudget.models.{key}]\n{KEYS}") == [
        (
            f"pyproject.toml:1: models.{key}: {shown} is no name: "
            "write letters, digits, '.', '_' and '-', a letter or digit first"
        )
    ]


def test_an_unquoted_dotted_name_is_explained(mistakes: Callable[[str], list[str]]) -> None:
    assert mistakes(f"[tool.pytest-flopbudget.models.resnet50.a1_in1k]\n{KEYS}") == [
        f'pyproject.toml:1: models.resnet50.a1_in1k: {QUOTE}"resnet50.a1_in1k"]'
    ]


def test_a_name_with_several_dots(mistakes: Callable[[str], list[str]]) -> None:
    assert mistakes(f"[tool.pytest-flopbudget.models.net.v1.5.x]\n{KEYS}") == [
        f'pyproject.toml:1: models.net.v1.5.x: {QUOTE}"net.v1.5.x"]'
    ]


def test_an_unquoted_dotted_name_below_a_model(mistakes: Callable[[str], list[str]]) -> None:
    text = f"[tool.pytest-flopbudget.models.net]\n{KEYS}[tool.pytest-flopbudget.models.net.small]\n{KEYS}"
    assert mistakes(text) == [f'pyproject.toml:5: models.net.small: {QUOTE}"net.small"]']


def test_a_model_is_a_table(mistakes: Callable[[str], list[str]]) -> None:
    assert mistakes('[tool.pytest-flopbudget.models]\nnet = "shop:net"\n') == [
        (
            "pyproject.toml:2: models.net: 'shop:net' stands where a table was expected, "
            "as in [tool.pytest-flopbudget.models.net]"
        )
    ]


def test_models_are_a_table_of_tables(mistakes: Callable[[str], list[str]]) -> None:
    assert mistakes(f"[[tool.pytest-flopbudget.models]]\n{KEYS}") == [
        "pyproject.toml:1: models: a list stands where a table was expected, as in [tool.pytest-flopbudget.models.net]"
    ]


def test_models_stand_in_the_order_of_the_file(read: Callable[[str], Table]) -> None:
    table = read("".join(f"[tool.pytest-flopbudget.models.{name}]\n{KEYS}" for name in ("b", "a", "c")))
    assert [case.id for case in table.cases] == ["b::default", "a::default", "c::default"]
    assert [case.place.line for case in table.cases] == [1, 5, 9]
