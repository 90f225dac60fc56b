from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.objects import FactoryCall, ObjectReference

HEAD = """\
[tool.pytest-flopbudget.models.net]
factory = "shop:net"
input = "1x3xRxR"
at = [96]
macs = "1 M"
"""


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("3", 3),
        ("1.5", 1.5),
        ("true", True),
        ('"plain"', "plain"),
        ('"$R"', 96),
        ('"$$R"', "$R"),
        ('"a $R"', "a $R"),
        ('"$5"', "$5"),
        ('"$home"', "$home"),
        ('"size_{R}"', "size_96"),
        ('"{R}x{R}"', "96x96"),
        ('"{{R}}"', "{R}"),
        ('"{r} {} {0}"', "{r} {} {0}"),
        ('\'{"a": {"b": 1}}\'', '{"a": {"b": 1}}'),
        ('["$R", [1, "{R}"]]', [96, [1, "96"]]),
        ('{ a = "$R", b = { c = ["{R}"] } }', {"a": 96, "b": {"c": ["96"]}}),
        ("{ none = true }", None),
        ("[1, { none = true }]", [1, None]),
        ('{ object = "torch.nn:GroupNorm" }', ObjectReference("torch.nn:GroupNorm")),
        ('{ object = "torch.nn:Module.forward" }', ObjectReference("torch.nn:Module.forward")),
        ('{ factory = "pkg:make" }', FactoryCall("pkg:make")),
        (
            '{ factory = "pkg:make", args = ["$R", { none = true }], kwargs = { name = "{R}" } }',
            FactoryCall("pkg:make", (96, None), {"name": "96"}),
        ),
    ],
)
def test_values(read: Callable[[str], Table], written: str, value: object) -> None:
    (case,) = read(f"{HEAD}args = [{written}]\nkwargs = {{ x = {written} }}\n").cases
    assert case.args == (value,)
    assert case.kwargs == {"x": value}


def test_no_two_cases_share_a_value(read: Callable[[str], Table]) -> None:
    one, other = read(HEAD.replace("[96]", "[96, 128]") + "args = [[1], { a = [2] }]\n").cases
    assert one.args == other.args == ([1], {"a": [2]})
    assert one.args[0] is not other.args[0]
    assert one.args[1] is not other.args[1]


NONE = "None is written { none = true }, with nothing beside it"
PATH = "write 'module:name', as in 'shop.models:resnet50'"


@pytest.mark.parametrize(
    ("lines", "key", "text"),
    [
        ("args = 3", "args", "3 is no list of arguments: write args = [...]"),
        ("kwargs = [3]", "kwargs", "a list is no table of arguments: write kwargs = { name = value }"),
        ("args = [{ none = false }]", "args[0]", NONE),
        ("args = [{ none = 1 }]", "args[0]", NONE),
        ("args = [{ none = true, x = 1 }]", "args[0]", NONE),
        ("args = [{ None = true }]", "args[0]", NONE),
        ("args = [{ null = true }]", "args[0]", NONE),
        ("kwargs = { a = { object = 3 } }", "kwargs.a.object", f"3 is no object: {PATH}"),
        ('kwargs = { a = { object = "x" } }', "kwargs.a.object", f"'x' is no object: {PATH}"),
        (
            'kwargs = { a = { object = "torch.nn.ReLU" } }',
            "kwargs.a.object",
            "'torch.nn.ReLU' is no object; did you mean 'torch.nn:ReLU'?",
        ),
        (
            'kwargs = { a = { object = "x:y", z = 1 } }',
            "kwargs.a",
            'an object is written { object = "module:name" }, with nothing beside it',
        ),
        ("kwargs = { a = { factory = true } }", "kwargs.a.factory", f"true is no factory: {PATH}"),
        (
            'kwargs = { a = { factory = "x:y", kwarg = {} } }',
            "kwargs.a.kwarg",
            "unknown key; did you mean 'kwargs'?",
        ),
        (
            'kwargs = { a = { factory = "x:y", z = 1 } }',
            "kwargs.a.z",
            "unknown key; a factory may have args and kwargs",
        ),
        (
            'kwargs = { a = { factory = "x:y", args = { b = 1 } } }',
            "kwargs.a.args",
            "a table is no list of arguments: write args = [...]",
        ),
        (
            'kwargs = { a = { factory = "x:y", kwargs = { b = { none = 0 } } } }',
            "kwargs.a.kwargs.b",
            NONE,
        ),
        ('args = ["$S"]', "args[0]", "no size for the dimension 'S'; the text itself is written '$$S' or '{{S}}'"),
        (
            'kwargs = { a = [{ factory = "x:y", args = ["{S}"] }] }',
            "kwargs.a[0].args[0]",
            "no size for the dimension 'S'; the text itself is written '$$S' or '{{S}}'",
        ),
        (
            'kwargs = { a = { factory = "x:y", kwargs = { b = "$RES" } } }',
            "kwargs.a.kwargs.b",
            "no size for the dimension 'RES'; the text itself is written '$$RES' or '{{RES}}'",
        ),
    ],
)
def test_near_misses(mistakes: Callable[[str], list[str]], lines: str, key: str, text: str) -> None:
    assert mistakes(f"{HEAD}{lines}\n") == [f"pyproject.toml:6: models.net.{key}: {text}"]
