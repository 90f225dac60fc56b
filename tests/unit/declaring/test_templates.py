"""Templates: one table for many models, and models that extend others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.inputs import parse_inputs


def test_one_model_for_each_value(read: Callable[[str], Table]) -> None:
    cases = read("""\
[tool.pytest-flopbudget.models."vit.{arch}"]
each = { arch = ["tiny", "small"] }
factory = "zoo.{arch}:build"
kwargs = { name = "vit_{arch}_{R}", arch = "$arch", itself = "{{arch}}", alone = "$$arch", R = "$R", deep = ["{arch}"] }
input = "1x3xRxR"
part = "{arch}.body"
reason = "the {arch} one"
at = [{ R = 32, macs = "1 M", name = "{arch}32" }, 64]
params = "2 M"
""").cases
    assert [case.id for case in cases] == ["vit.tiny::tiny32", "vit.tiny::R64", "vit.small::small32", "vit.small::R64"]
    tiny = cases[1]
    assert (tiny.factory, tiny.part, tiny.reason, tiny.place.line) == ("zoo.tiny:build", "tiny.body", "the tiny one", 8)
    assert tiny.kwargs == {
        "name": "vit_tiny_64",
        "arch": "tiny",
        "itself": "{arch}",
        "alone": "$arch",
        "R": 64,
        "deep": ["tiny"],
    }
    assert [limit.place.line for limit in cases[0].limits] == [8, 9]


def test_several_keys_multiply_out(read: Callable[[str], Table]) -> None:
    cases = read("""\
[tool.pytest-flopbudget.models."net-{depth}-{width}"]
each = { depth = [1, 2], width = [0.5, 1, "2"] }
factory = "zoo:net"
args = ["$depth", "$width"]
input = "1x{depth}"
macs = "{depth} M"
""").cases
    assert [(case.model, case.args) for case in cases] == [
        ("net-1-0.5", (1, 0.5)),
        ("net-1-1", (1, 1)),
        ("net-1-2", (1, "2")),
        ("net-2-0.5", (2, 0.5)),
        ("net-2-1", (2, 1)),
        ("net-2-2", (2, "2")),
    ]
    assert [case.limits[0].value for case in cases] == [1_000_000] * 3 + [2_000_000] * 3
    assert cases[3].inputs == parse_inputs("1x2")


def test_tables_give_several_values_together(read: Callable[[str], Table]) -> None:
    cases = read("""\
[tool.pytest-flopbudget.models."vit.{arch}"]
each = [
  { arch = "tiny", size = 192, heads = [1, 2], blocks = "a.*" },
  { arch = "small", size = 384, heads = [3], blocks = "b" },
]
factory = "zoo:{arch}"
kwargs = { size = "$size", heads = "$heads" }
input = "1x3x{size}x{size}"
macs = { "default" = "{size} M" }
modules = { "{blocks}" = { macs = "20%" } }
""").cases
    assert [(case.model, case.kwargs, case.limits[0].value, case.limits[1].subject) for case in cases] == [
        ("vit.tiny", {"size": 192, "heads": [1, 2]}, 192_000_000, "a.*"),
        ("vit.small", {"size": 384, "heads": [3]}, 384_000_000, "b"),
    ]


def test_a_whole_list_may_be_a_value(read: Callable[[str], Table]) -> None:
    cases = read("""\
[tool.pytest-flopbudget.models."net.{name}"]
each = [{ name = "a", sizes = [32, 64] }, { name = "b", sizes = [96] }]
factory = "zoo:net"
input = "1xR"
at = "$sizes"
macs = 1
""").cases
    assert [case.id for case in cases] == ["net.a::R32", "net.a::R64", "net.b::R96"]


def test_a_model_without_a_template_keeps_its_braces(read: Callable[[str], Table]) -> None:
    (case,) = read(
        '[tool.pytest-flopbudget.models.net]\nfactory = "zoo:net"\ninput = "1"\nmacs = 1\n'
        'kwargs = { a = "{arch}", b = "$arch", c = "{{arch}}" }\n'
    ).cases
    assert case.kwargs == {"a": "{arch}", "b": "$arch", "c": "{{arch}}"}


HEAD = '[tool.pytest-flopbudget.models."vit.{arch}"]\n'
REST = 'factory = "zoo:net"\ninput = "1x3"\nmacs = 1\n'
EXAMPLE = "write each = { arch = ['tiny', 'small'] }, or a list of tables, each = [{ arch = 'tiny', size = 192 }]"


@pytest.mark.parametrize(
    ("line", "key", "text"),
    [
        ('each = "tiny"', "each", f"'tiny' is no template: {EXAMPLE}"),
        ("each = {}", "each", f"it is empty: {EXAMPLE}"),
        ("each = []", "each", f"it is empty: {EXAMPLE}"),
        ('each = { arch = "tiny" }', "each.arch", "'tiny' is no list of values: write arch = ['tiny']"),
        ("each = { arch = { a = 1 } }", "each.arch", "a table is no list of values"),
        ("each = { arch = [] }", "each.arch", "the list is empty: write arch = ['tiny', 'small']"),
        (
            "each = { Arch = [1] }",
            "each.Arch",
            "'Arch' is no key of a template: write it in small letters, as in 'arch'; did you mean 'arch'?",
        ),
        (
            'each = ["tiny"]',
            "each[0]",
            "'tiny' gives no values: write a table, { arch = 'tiny', size = 192 }",
        ),
        ('each = [{ arch = "a", size = 1 }, { arch = "b" }]', "each[1]", "no value for 'size', which the first has"),
        ('each = [{ arch = "a" }, { arch = "b", sizee = 1 }]', "each[1].sizee", "the first has no 'sizee'"),
        (
            'each = [{ arch = "a/b" }]',
            "",
            "'vit.a/b' is no name: write letters, digits, '.', '_' and '-', a letter or digit first",
        ),
        ('each = [{ arch = "a" }, { arch = "a" }]', "", "two models of it have the name 'vit.a'"),
        (
            'each = { arch = ["a"], size = [1, 2] }',
            "",
            "each stands for 2 models, and they share names: write {size} into it",
        ),
        (
            "each = { arch = [true] }",
            "",
            "'arch' is true, and cannot stand inside a text: alone it is written '$arch'",
        ),
        ('each = { size = ["a"] }', "", "each has no 'arch'; the text itself is written '{{arch}}'"),
        ("", "", "no values for {arch} in the name: write each = { arch = ['a', 'b'] }"),
    ],
)
def test_mistakes_of_a_template(mistakes: Callable[[str], list[str]], line: str, key: str, text: str) -> None:
    place = 2 if key else 1
    where = f'models."vit.{{arch}}".{key}' if key else 'models."vit.{arch}"'
    assert mistakes(f"{HEAD}{line}\n{REST}") == [f"pyproject.toml:{place}: {where}: {text}"]


@pytest.mark.parametrize(
    ("line", "key", "text"),
    [
        ('kwargs = { a = "{arhc}" }', "kwargs.a", "each has no 'arhc'; did you mean 'arch'?"),
        ('kwargs = { a = "$arhc" }', "kwargs.a", "each has no 'arhc'; did you mean 'arch'?"),
        ('kwargs = { a = ["x {zzz}"] }', "kwargs.a[0]", "each has no 'zzz'; the text itself is written '{{zzz}}'"),
        ('kwargs = { a = "$zzz" }', "kwargs.a", "each has no 'zzz'; the text itself is written '$$zzz'"),
        ('kwargs = { "{arch}" = 1, tiny = 2 }', "kwargs", "two keys are both 'tiny'"),
        ('maccs = "{arch}"', "maccs", "unknown key; did you mean 'macs'?"),
        ('build = "{arch}"', "build", "'tiny' is none of 'auto', 'meta', 'real'"),
    ],
)
def test_a_mistake_in_a_template_is_told_on_its_line(
    mistakes: Callable[[str], list[str]], line: str, key: str, text: str
) -> None:
    assert mistakes(f'{HEAD}each = {{ arch = ["tiny"], size = [1] }}\n{REST}{line}\n') == [
        f'pyproject.toml:6: models."vit.{{arch}}".{key}: {text}'
    ]


def test_the_same_mistake_of_many_models_is_told_once(mistakes: Callable[[str], list[str]]) -> None:
    assert mistakes(f'{HEAD}each = {{ arch = ["tiny", "small"] }}\n{REST}level = "of"\nlevl = "off"\n') == [
        "pyproject.toml:6: models.\"vit.{arch}\".level: 'of' is none of 'error', 'warn', 'off'; did you mean 'off'?",
        "pyproject.toml:7: models.\"vit.{arch}\".levl: unknown key; did you mean 'level'?",
    ]


def test_two_tables_may_not_make_the_same_model(mistakes: Callable[[str], list[str]]) -> None:
    text = f'[tool.pytest-flopbudget.models."vit.tiny"]\n{REST}{HEAD}each = {{ arch = ["small", "tiny"] }}\n{REST}'
    assert mistakes(text) == [
        "pyproject.toml:5: models.\"vit.{arch}\": two models have the name 'vit.tiny'; the other is on line 1"
    ]


BASE = """\
[tool.pytest-flopbudget.defaults]
reason = "by default"
[tool.pytest-flopbudget.models.base]
factory = "zoo:base"
kwargs = { depth = 1, width = 2 }
input = "1xR"
at = [32, { R = 64, macs = "3 M" }]
macs = "1 M"
params = { R32 = "7 k" }
flops = "9 M"
modules = { "stem" = { macs = "20%", params = 5 } }
"""


def test_another_models_keys_stand_under_ones_own(read: Callable[[str], Table]) -> None:
    cases = read(f"""\
{BASE}
[tool.pytest-flopbudget.models.wide]
extends = "base"
kwargs = {{ width = 4 }}
flops = "8 M"
modules = {{ "stem" = {{ macs = "10%" }} }}
[tool.pytest-flopbudget.models.wider]
extends = "wide"
kwargs = {{ width = 8 }}
at = [96]
""").cases
    wide, _, wider = cases[2:]
    assert (wide.id, wide.factory, wide.kwargs, wide.reason) == ("wide::R32", "zoo:base", {"width": 4}, "by default")
    assert [(limit.subject, limit.metric, limit.source, limit.place.line) for limit in wide.limits] == [
        ("", "macs", "1 M", 8),
        ("", "flops", "8 M", 16),
        ("", "params", "7 k", 9),
        ("stem", "macs", "10%", 17),
        ("stem", "params", "5", 11),
    ]
    assert (wider.id, wider.kwargs, [limit.source for limit in wider.limits]) == (
        "wider::R96",
        {"width": 8},
        ["1 M", "8 M", "10%", "5"],
    )


def test_a_template_may_extend_and_be_extended(read: Callable[[str], Table]) -> None:
    cases = read(f"""\
{BASE}
[tool.pytest-flopbudget.models."net.{{size}}"]
each = {{ size = [1, 2] }}
extends = "base"
factory = "zoo:net{{size}}"
[tool.pytest-flopbudget.models.last]
extends = "net.2"
at = [5]
""").cases
    assert [(case.id, case.factory) for case in cases[2:]] == [
        ("net.1::R32", "zoo:net1"),
        ("net.1::R64", "zoo:net1"),
        ("net.2::R32", "zoo:net2"),
        ("net.2::R64", "zoo:net2"),
        ("last::R5", "zoo:net2"),
    ]


@pytest.mark.parametrize(
    ("base", "text"),
    [
        ('"bas"', "no model 'bas' is declared; did you mean 'base'?"),
        ('"xyz"', "no model 'xyz' is declared; there is base, n1, n2, net"),
        ('"net"', "extends goes in a circle: net, net"),
        ('"a b"', "no model 'a b' is declared; there is base, n1, n2, net"),
        ('"base::R16"', "'base::R16' is a point, and a model is extended whole: write 'base'"),
        ('"n{a}"', "'n{a}' is a template: write one of its models, n1, n2"),
        ("3", "3 is no text"),
        ('""', "the text is empty"),
    ],
)
@pytest.mark.parametrize("rest", ["", REST], ids=["alone", "with all it needs"])
def test_what_cannot_be_extended(mistakes: Callable[[str], list[str]], base: str, text: str, rest: str) -> None:
    head = (
        f"[tool.pytest-flopbudget.models.base]\n{REST}"
        f'[tool.pytest-flopbudget.models."n{{a}}"]\neach = {{ a = [1, 2] }}\n{REST}'
        "[tool.pytest-flopbudget.models.net]\n"
    )
    assert mistakes(f"{head}extends = {base}\n{rest}") == [f"pyproject.toml:11: models.net.extends: {text}"]


def test_a_misspelt_extends_is_one_mistake(mistakes: Callable[[str], list[str]]) -> None:
    head = f"[tool.pytest-flopbudget.models.base]\n{REST}[tool.pytest-flopbudget.models.net]\n"
    assert mistakes(f'{head}extend = "base"\n') == [
        "pyproject.toml:6: models.net.extend: unknown key; did you mean 'extends'?"
    ]


def test_a_circle_of_models(mistakes: Callable[[str], list[str]]) -> None:
    text = "".join(f'[tool.pytest-flopbudget.models.{name}]\nextends = "{base}"\n' for name, base in ("ab", "bc", "cb"))
    assert mistakes(text) == [
        "pyproject.toml:4: models.b.extends: extends goes in a circle: b, c, b",
        "pyproject.toml:6: models.c.extends: extends goes in a circle: c, b, c",
    ]


def test_a_mistake_of_the_other_model_is_told_where_it_stands(mistakes: Callable[[str], list[str]]) -> None:
    text = (
        '[tool.pytest-flopbudget.models.base]\nfactory = "zoo:net"\ninput = "1xR"\nat = [{ R = 1, S = 2 }]\nmacs = 1\n'
        '[tool.pytest-flopbudget.models.net]\nextends = "base"\ninput = "1xT"\n'
    )
    assert mistakes(text) == [
        "pyproject.toml:4: models.base.at[0].S: the input has no dimension 'S'; there is R",
        "pyproject.toml:4: models.base.at[0]: no size for the dimension 'T' of the input of models.net",
        "pyproject.toml:4: models.base.at[0].R: the input of models.net has no dimension 'R'; there is T",
        "pyproject.toml:4: models.base.at[0].S: the input of models.net has no dimension 'S'; there is T",
    ]
