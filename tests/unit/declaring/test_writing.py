import difflib
from textwrap import dedent

import pytest

from pytest_flopbudget.declaring.writing import Edit, edited
from pytest_flopbudget.errors import FlopBudgetError

MODELS = ("tool", "pytest-flopbudget", "models")
ODD = dedent(
    """\
    # the project
    [tool.other]
    list = [ 1,2,
       3 ]   # kept

    [tool.pytest-flopbudget.models.a]
    factory="x:y"   # keep
    input = '1x3xRxR'
    at = [ {R=96, macs='12 M'},   # the first

           { R = 160,macs = "31 M" },
    ]

    # about b
    [tool.pytest-flopbudget.models."b.c"]
    macs = { R1 = "1 M" } # at one
    params   =   "1 k"   # odd
    # at the end of b

    [tool.last]
    x=1
    [tool.pytest-flopbudget.models.z]
    factory = "q:q\""""
)


def diff(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[:2] not in ("--", "++", "@@")]


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        (
            (*MODELS, "a", "at", 0, "macs"),
            ["-at = [ {R=96, macs='12 M'},   # the first", '+at = [ {R=96, macs="9 M"},   # the first'],
        ),
        (
            (*MODELS, "a", "at", 1, "macs"),
            ['-       { R = 160,macs = "31 M" },', '+       { R = 160,macs = "9 M" },'],
        ),
        ((*MODELS, "a", "params"), ['+params = "9 M"']),
        (
            (*MODELS, "b.c", "macs", "R1"),
            ['-macs = { R1 = "1 M" } # at one', '+macs = { R1 = "9 M" } # at one'],
        ),
        (
            (*MODELS, "b.c", "macs", "R2"),
            ['-macs = { R1 = "1 M" } # at one', '+macs = { R1 = "1 M", R2 = "9 M" } # at one'],
        ),
        ((*MODELS, "b.c", "params"), ['-params   =   "1 k"   # odd', '+params   =   "9 M"   # odd']),
        ((*MODELS, "b.c", "flops"), ['+flops = "9 M"']),
        (
            (*MODELS, "a", "at", 0, "params"),
            [
                "-at = [ {R=96, macs='12 M'},   # the first",
                """+at = [ { R = 96, macs = '12 M', params = "9 M" },   # the first""",
            ],
        ),
        ((*MODELS, "z", "macs", "R1"), ['+macs = { R1 = "9 M" }']),
        (
            ("tool", "pytest-flopbudget", "models", "new", "macs"),
            ["+[tool.pytest-flopbudget.models.new]", '+macs = "9 M"'],
        ),
    ],
)
def test_only_the_line_of_a_value_changes(path: tuple[str | int, ...], changed: list[str]) -> None:
    assert [line for line in diff(ODD, edited(ODD, [Edit(path, "9 M")], "pyproject.toml")) if line != "+"] == changed


def test_a_new_key_stands_behind_the_last_of_its_table_and_before_what_is_said_of_the_next() -> None:
    written = edited(ODD, [Edit((*MODELS, "a", "params"), "3 k")], "pyproject.toml")
    assert ']\nparams = "3 k"\n\n# about b\n[tool' in written


def test_line_ends_and_a_byte_order_mark_stay() -> None:
    text = "\ufeff[a]\r\nx = '1' # c\r\n"
    assert edited(text, [Edit(("a", "x"), "2"), Edit(("a", "y"), "3")], "pyproject.toml") == (
        '\ufeff[a]\r\nx = "2" # c\r\ny = "3"\r\n'
    )


def test_several_values_and_a_list() -> None:
    edits = [Edit(("a", "x"), "2"), Edit(("a", "m", "R1"), "3"), Edit(("a", "m", "R2"), "4"), Edit(("p",), ["s", "t"])]
    assert edited("p = []\n[a]\nx = 1\n", edits, "pyproject.toml") == (
        'p = ["s", "t"]\n[a]\nx = "2"\nm = { R1 = "3", R2 = "4" }\n'
    )


@pytest.mark.parametrize("below", [("y",), ("y", "z")])
def test_a_layout_that_does_not_let_it_be_written_alone_is_refused(below: tuple[str, ...]) -> None:
    with pytest.raises(FlopBudgetError) as caught:
        edited("[a]\nx = 1\n", [Edit(("a", "x", *below), "2")], "pyproject.toml")
    keys = ".".join(("a", "x", *below))
    assert str(caught.value) == f"pyproject.toml: its layout does not let {keys} be written alone: write it by hand"


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ((*MODELS, "gone", "macs"), 4),
        ((*MODELS, "a", "macs"), 5),
        ((*MODELS, "a", "at", 2, "macs"), 6),
    ],
)
def test_what_is_not_there_is_not_made_where_it_must_be(path: tuple[str | int, ...], known: int) -> None:
    with pytest.raises(FlopBudgetError) as caught:
        edited(ODD, [Edit(path, "1 M", known)], "odd.toml")
    assert str(caught.value).startswith("odd.toml: tool.pytest-flopbudget.models.")
    assert str(caught.value).endswith(" has no place in it: nothing is written")
