from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flopbudget.declaring.lines import Path, lines_of
from pytest_flopbudget.declaring.spots import bare_or_quoted

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EVERYTHING = """\
# a comment
[tool."py\\u0074est-flopbudget"]
a.b = [ # [ not an array
  { R = 1, "q.r" = [1, 2] },
  [ 3,

   4 ], \"\"\"
 ] many lines \"\"\", 5,
] # ]
[[x . 'y']]
date = 1979-05-27 07:32:00
[x.y.z]
w = { s.t = 1, 'u' = {} }
[[x.y]]
text = \"\"\"a\\\\\"\"\"\"\"
literal = ''''b''''
[[x.y.v]]
  empty = ""
"f" = 'x#]'
last = []
"""
LINES: dict[Path, int] = {
    ("tool",): 2,
    ("tool", "pytest-flopbudget"): 2,
    ("tool", "pytest-flopbudget", "a"): 3,
    ("tool", "pytest-flopbudget", "a", "b"): 3,
    ("tool", "pytest-flopbudget", "a", "b", 0): 4,
    ("tool", "pytest-flopbudget", "a", "b", 0, "R"): 4,
    ("tool", "pytest-flopbudget", "a", "b", 0, "q.r"): 4,
    ("tool", "pytest-flopbudget", "a", "b", 0, "q.r", 0): 4,
    ("tool", "pytest-flopbudget", "a", "b", 0, "q.r", 1): 4,
    ("tool", "pytest-flopbudget", "a", "b", 1): 5,
    ("tool", "pytest-flopbudget", "a", "b", 1, 0): 5,
    ("tool", "pytest-flopbudget", "a", "b", 1, 1): 7,
    ("tool", "pytest-flopbudget", "a", "b", 2): 7,
    ("tool", "pytest-flopbudget", "a", "b", 3): 8,
    ("x",): 10,
    ("x", "y"): 10,
    ("x", "y", 0): 10,
    ("x", "y", 0, "date"): 11,
    ("x", "y", 0, "z"): 12,
    ("x", "y", 0, "z", "w"): 13,
    ("x", "y", 0, "z", "w", "s"): 13,
    ("x", "y", 0, "z", "w", "s", "t"): 13,
    ("x", "y", 0, "z", "w", "u"): 13,
    ("x", "y", 1): 14,
    ("x", "y", 1, "text"): 15,
    ("x", "y", 1, "literal"): 16,
    ("x", "y", 1, "v"): 17,
    ("x", "y", 1, "v", 0): 17,
    ("x", "y", 1, "v", 0, "empty"): 18,
    ("x", "y", 1, "v", 0, "f"): 19,
    ("x", "y", 1, "v", 0, "last"): 20,
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_key_has_its_line(newline: str, mark: str) -> None:
    assert tomllib.loads(EVERYTHING)
    assert lines_of(mark + EVERYTHING.replace("\n", newline)) == LINES


def test_a_header_of_its_own_beats_the_tables_below_it() -> None:
    assert lines_of("[a.b]\n[a]\n") == {("a", "b"): 1, ("a",): 2}


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, below in items:
        yield (*path, key)
        yield from paths(below, (*path, key))


KEYS = st.text("abAB_- .#\"'[]{}=,é", max_size=4).map(bare_or_quoted)
QUOTED = st.text("ab \n'\"#]},=\\", max_size=6).map(
    lambda text: '"""\n' + text.replace("\\", "\\\\").replace('"', '\\"') + '"""'
)
LITERALS = st.text('ab"#]},=\\', max_size=6).map("'{}'".format)
VALUES = st.recursive(
    QUOTED | LITERALS | st.sampled_from(["1", "-1.5e3", "true", "1979-05-27", "07:32:00", "0x1F", "nan", '""""a"""']),
    lambda below: (
        st.lists(below, max_size=3).map(lambda values: "[" + ",\n# ]\n".join(values) + "\n]")
        | st.dictionaries(KEYS, below, max_size=3).map(
            lambda table: "{ " + ", ".join(f"{key} = {value}" for key, value in table.items()) + " }"
        )
    ),
    max_leaves=6,
)
ASSIGNMENTS = st.builds("{} = {}".format, st.lists(KEYS, min_size=1, max_size=2).map(".".join), VALUES)
HEADERS = st.lists(KEYS, min_size=1, max_size=3).map(" . ".join).map("[{}]".format)
DOCUMENTS = st.lists(ASSIGNMENTS | HEADERS | HEADERS.map("[{}]".format) | st.just("# ["), max_size=6).map("\n".join)


@given(DOCUMENTS)
def test_the_paths_are_those_that_tomllib_reads(document: str) -> None:
    try:
        data = tomllib.loads(document)
    except ValueError:
        return
    lines = lines_of(document)
    assert set(lines) == set(paths(data))
    assert all(1 <= line <= 1 + document.count("\n") for line in lines.values())
