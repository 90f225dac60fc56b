"""Limits as they are written in a table: relative ones, and those on modules."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from pytest_flopbudget.declaring.cases import Table

HEAD = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3xRxT"\nat = [{ R = 96, T = 4 }]\n'
HOW = "write modules = { 'blocks.*.attn' = { macs = '20%' } }"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('macs = "82 k per R*R"', 82_000 * 96 * 96),
        ('flops = "88 M per T"', 88_000_000 * 4),
        ('params = "0.5 M per R*T"', 500_000 * 96 * 4),
        ('activations = "2.25 per R"', 216),
        ('modules = { "stem.*" = { macs = "82 k per R*T" } }', 82_000 * 96 * 4),
        ('modules = { "stem.*" = { macs = 7 } }', 7),
    ],
)
def test_numbers_at_a_point(read: Callable[[str], Table], line: str, value: int) -> None:
    (limit,) = read(f"{HEAD}{line}\n").cases[0].limits
    assert (limit.value, limit.rate, limit.share) == (value, None, None)


def test_a_rate_is_another_number_at_each_point(read: Callable[[str], Table]) -> None:
    cases = read("""\
[tool.pytest-flopbudget.defaults]
macs = "10 k per R*R"
[tool.pytest-flopbudget.models.net]
factory = "shop:net"
input = "1x3xRxR"
at = [96, 160, { R = 224, macs = "9 k per R*R" }]
""").cases
    assert [(case.limits[0].value, case.limits[0].place.line) for case in cases] == [
        (10_000 * 96 * 96, 2),
        (10_000 * 160 * 160, 2),
        (9_000 * 224 * 224, 6),
    ]


def test_a_rate_may_name_a_dimension_of_the_factory_alone(read: Callable[[str], Table]) -> None:
    (case,) = read(
        '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3"\n'
        'kwargs = { depth = "$N" }\nat = [{ N = 12 }]\nmacs = "3 per N"\n'
    ).cases
    assert case.limits[0].value == 36


@pytest.mark.parametrize(
    ("line", "share", "subject"),
    [
        ('modules = { "stem" = { macs = "20%" } }', Fraction(1, 5), "stem"),
        ('modules = { "stem" = { params = "100%" } }', Fraction(1), "stem"),
        ('modules = { "**.drop" = { flops = "0%" } }', Fraction(0), "**.drop"),
    ],
)
def test_shares_of_the_case(read: Callable[[str], Table], line: str, share: Fraction, subject: str) -> None:
    (limit,) = read(f"{HEAD}{line}\n").cases[0].limits
    assert (limit.share, limit.of, limit.subject) == (share, "", subject)


def test_module_limits_are_merged_by_pattern_and_metric(read: Callable[[str], Table]) -> None:
    cases = read("""\
[tool.pytest-flopbudget.defaults]
reason = "by default"
modules = { "stem" = { macs = 1, params = 2 }, "**.attn" = { macs = 3, reason = "attention is dear" } }

[tool.pytest-flopbudget.models.net]
factory = "shop:net"
input = "1x3xRxR"
modules = { "stem" = { macs = "10%" }, "head" = { flops = 4 } }
macs = 9
at = [{ R = 96 }, { R = 160, modules = { "stem" = { macs = 5, activations = 6 } } }]
""").cases
    told = [
        [(limit.subject, limit.metric, limit.source, limit.place.line, limit.reason) for limit in case.limits]
        for case in cases
    ]
    inherited = [("stem", "params", "2", 3, "by default"), ("**.attn", "macs", "3", 3, "attention is dear")]
    head = ("head", "flops", "4", 8, None)
    assert told == [
        [("", "macs", "9", 9, None), ("stem", "macs", "10%", 8, None), head, *inherited],
        [
            ("", "macs", "9", 9, None),
            ("stem", "macs", "5", 10, None),
            ("stem", "activations", "6", 10, None),
            head,
            *inherited,
        ],
    ]


def test_a_model_with_limits_on_modules_alone_has_a_limit(read: Callable[[str], Table]) -> None:
    (case,) = read(f'{HEAD}modules."stem".macs = "1 M"\n').cases
    assert [(limit.subject, limit.value) for limit in case.limits] == [("stem", 1_000_000)]


@pytest.mark.parametrize(
    ("line", "key", "text"),
    [
        (
            'macs = "20%"',
            "macs",
            "'20%' needs a declared model to be a share of, as in '25% of teacher'",
        ),
        (
            'macs = "20% teacher"',
            "macs",
            "'20% teacher' is no share: write '20%', or '25% of teacher' with the model's name",
        ),
        ('macs = "1 k per Q"', "macs", "no size for the dimension 'Q'; there is R, T"),
        ('macs = "1 k per RR*T"', "macs", "no size for the dimension 'RR'; did you mean 'R'?"),
        ('macs = "1 k per r"', "macs", "'1 k per r' is no number of MACs: 'r' is no dimension; did you mean 'R'?"),
        (
            'modules = { "a" = { macs = "120%" } }',
            "modules.a.macs",
            "'120%' is more than the whole model: write '100%' at most",
        ),
        ('modules = { "a" = { mac = 1, params = 1 } }', "modules.a.mac", "unknown key; did you mean 'macs'?"),
        (
            'modules = { "a" = { level = "warn", params = 1 } }',
            "modules.a.level",
            "unknown key; a module may have macs, flops, total_flops, params, activations, max_growth, reason",
        ),
        ('modules = { "a" = { reason = "" , params = 1 } }', "modules.a.reason", "the text is empty"),
        (
            'modules = { "a" = { reason = "x" } }',
            "modules.a",
            f"no limit: write one, as in {HOW.removeprefix('write ')}",
        ),
        (
            'modules = { "a" = "20%" }',
            "modules.a",
            f"'20%' is no table of limits: {HOW.replace('write', 'write one, as in')}",
        ),
        ('modules = "20%"', "modules", f"'20%' is no table of modules: {HOW}"),
        ("modules = {}", "modules", f"the table is empty: {HOW}"),
        (
            'modules = { "a..b" = { macs = 1 } }',
            'modules."a..b"',
            "'a..b' is no module pattern: between two dots stands a name; write a dotted path, as in 'blocks.*.attn'",
        ),
        (
            'modules = { "a" = { macs = { R96 = 1 } } }',
            "modules.a.macs",
            (
                "limits by point do not go into modules: "
                "set modules in the point, as in at = [{ R = 96, modules = { 'a' = { macs = '2 M' } } }]"
            ),
        ),
        ('modules = { "a" = { mac = "20%" } }', "modules.a.mac", "unknown key; did you mean 'macs'?"),
        (
            'modules = { "a" = {} }',
            "modules.a",
            f"no limit: write one, as in {HOW.removeprefix('write ')}",
        ),
    ],
)
def test_mistakes(mistakes: Callable[[str], list[str]], line: str, key: str, text: str) -> None:
    other = "" if line.startswith("macs") else "macs = 1\n"
    assert mistakes(f"{HEAD}{line}\n{other}") == [f"pyproject.toml:5: models.net.{key}: {text}"]


def test_a_dimension_that_a_default_names_and_a_model_lacks(mistakes: Callable[[str], list[str]]) -> None:
    text = '[tool.pytest-flopbudget.defaults]\nmacs = "1 k per S"\n' + HEAD
    assert mistakes(text) == [
        "pyproject.toml:2: defaults.macs: no size for the dimension 'S' of models.net; there is R, T"
    ]
