from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.declaring.keys import KEYS
from pytest_flopbudget.errors import TableError

NET = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3"\nmacs = "1 M"\n'
NO_MODEL = "no model is declared: write one, as in [tool.pytest-flopbudget.models.net]"


def test_a_table_knows_its_file_and_its_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "budgets.toml").write_text(
        f'[tool.pytest-flopbudget]\npythonpath = ["src", "../lib", "/opt/models", "."]\n{NET}', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    table = read_table(Path("project/budgets.toml"))
    assert table is not None
    assert table.path == str(folder / "budgets.toml")
    assert table.pythonpath == (str(folder / "src"), str(tmp_path / "lib"), "/opt/models", str(folder))
    assert (table.collect, table.formulas, table.free) == ("auto", (), ())
    assert str(table.cases[0].place) == "budgets.toml:3"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[tool.pytest-flopbudget]\n", [f"1: {NO_MODEL}"]),
        ("\n[tool]\npytest-flopbudget = {}\n", [f"3: {NO_MODEL}"]),
        ("[tool.pytest-flopbudget]\nfree = []\n", [f"1: {NO_MODEL}"]),
        ("[tool.pytest-flopbudget.models]\n", [f"1: {NO_MODEL}"]),
        (
            '[tool.pytest-flopbudget]\ncollect = "never"\n[tool.pytest-flopbudget.defaults]\nmacs = -1\n',
            [f"1: {NO_MODEL}", "4: defaults.macs: -1 is no number of MACs: it is below zero"],
        ),
        ("[tool]\npytest-flopbudget = 3\n", ["2: 3 stands where a table was expected: [tool.pytest-flopbudget]"]),
        (
            "[[tool.pytest-flopbudget]]\n",
            ["1: a list stands where a table was expected: [tool.pytest-flopbudget]"],
        ),
    ],
)
def test_tables_that_declare_nothing(mistakes: Callable[[str], list[str]], text: str, told: list[str]) -> None:
    assert mistakes(text) == [f"pyproject.toml:{line}" for line in told]


@pytest.mark.parametrize(
    ("line", "formulas", "free"),
    [('free = ["shop::shuffle"]', (), ("shop::shuffle",)), ('formulas = ["shop.flops"]', ("shop.flops",), ())],
)
def test_a_table_for_tests_alone(
    read: Callable[[str], Table], line: str, formulas: tuple[str, ...], free: tuple[str, ...]
) -> None:
    table = read(f"[tool.pytest-flopbudget]\n{line}\n")
    assert (table.cases, table.formulas, table.free) == ((), formulas, free)


def test_a_table_that_is_nested_too_deeply(mistakes: Callable[[str], list[str]]) -> None:
    # Of 1,000 parts tomli itself takes no key.
    keys = ".".join(["kwargs", *["a"] * 990])
    assert mistakes(f"{NET}{keys} = 1\n") == ["pyproject.toml:1: it is nested too deeply to be read"]


def test_a_table_of_targets_alone(read: Callable[[str], Table]) -> None:
    table = read('[tool.pytest-flopbudget.targets.board]\nram = "64 KiB"\n')
    assert (table.cases, [target.name for target in table.targets]) == ((), ["board"])


def test_a_mistake_in_a_table_for_tests_alone(mistakes: Callable[[str], list[str]]) -> None:
    assert mistakes('[tool.pytest-flopbudget]\nfre = ["shop::shuffle"]\n') == [
        "pyproject.toml:2: fre: unknown key; did you mean 'free'?"
    ]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(mistakes: Callable[[str], list[str]]) -> None:
    text = """\
[project]
name = "shop"

[tool.pytest-flopbudget.models.net]
factory = "shop.net"
input = "1x3xRxr"
maccs = "1 M"

[tool.pytest-flopbudget.models.resnet50.a1_in1k]
factory = "timm:create_model"

[tool.pytest-flopbudget]
colect = "auto"

[tool.pytest-flopbudget.models.other]
factory = "shop:other"
input = "1xR"
at = [
  { R = 96 },
  { R = 96 },
  { S = 96, flops = "10 Bananas" },
]
"""
    how = "write a number, with a prefix (k M G T P E Z) and the unit if need be, as in '8.4 GFLOPs'"
    assert mistakes(text) == [
        "pyproject.toml:5: models.net.factory: 'shop.net' is no factory; did you mean 'shop:net'?",
        (
            "pyproject.toml:6: models.net.input: "
            "'1x3xRxr' is no input: 'r' is no size; a named dimension is written in capitals: 'R'"
        ),
        "pyproject.toml:7: models.net.maccs: unknown key; did you mean 'macs'?",
        (
            "pyproject.toml:9: models.resnet50.a1_in1k: a name with a dot must be quoted: "
            '[tool.pytest-flopbudget.models."resnet50.a1_in1k"]'
        ),
        "pyproject.toml:13: colect: unknown key; did you mean 'collect'?",
        "pyproject.toml:20: models.other.at[1]: two points have the name 'R96'; the other is on line 19",
        (
            "pyproject.toml:21: models.other.at[2].flops: "
            f"'10 Bananas' is no number of FLOPs: 'Bananas' is neither a prefix nor the unit; {how}"
        ),
        "pyproject.toml:21: models.other.at[2]: no size for the dimension 'R' of the input",
        "pyproject.toml:21: models.other.at[2].S: the input has no dimension 'S'; there is R",
    ]


NAMES = st.sampled_from([key.name for key in KEYS] + ["R", "S", "net", "none", "object", "x.y", "r"])
TEXTS = st.sampled_from(
    ["1xR", "$R", "{S}", "shop:net", "1 M", "= 3", "auto", "off", "95%", ">=0", "aten::add", "x", ""]
)
VALUES = st.recursive(
    TEXTS | st.integers(-1, 3) | st.booleans() | st.just(0.5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=4),
    max_leaves=8,
)
LAYERS = st.dictionaries(NAMES, VALUES, max_size=6)
ROOTS = st.dictionaries(NAMES, VALUES, max_size=4).flatmap(
    lambda root: st.builds(
        lambda defaults, models: {**root, "defaults": defaults, "models": models},
        LAYERS,
        st.dictionaries(NAMES, LAYERS, max_size=2),
    )
)


def toml(value: object) -> str:
    """A value as inline TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {toml(below)}' for key, below in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


@given(ROOTS)
def test_no_table_raises_anything_but_our_error(tmp_path: Path, root: dict[str, object]) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(f"tool.pytest-flopbudget = {toml(root)}\n", encoding="utf-8")
    with suppress(TableError):
        table = read_table(path)
        assert table is not None
        assert table.cases or table.formulas or table.free
